// Asks several endpoints the same thing and hands on the first answer that two operators give; what comes later is still compared.
import type { Ask, Dispute, Referee, Ruling } from './question.ts'
import type { Endpoint } from './standing.ts'

interface Side<value> {
  readonly value: value
  readonly by: Endpoint[]
}

const settleMs = 2_500
/** How long an endpoint is asked again for what it does not know, and how late an answer may be before that is held against it. */
const tailMs = 2_000
const firstRetryMs = 25
/** A node in the middle of a block tells something of either side of it: so long after, it does not any more. */
const secondLookMs = 250
/** Whoever usually answers within a quarter of the time that agreeing took may still object; one who is late this time is waited for a little longer. */
const graceShare = 0.25
const leastLagMs = 1
const leastGraceMs = 10
const slowMs = 50
const spareMs = 25

export function race<value>(question: Ask<value>, referee: Referee): Promise<Ruling<value> | undefined> {
  const { standings, needed, now, later } = referee
  const { among, strict } = question
  const began = now()
  const sides: Side<value>[] = []
  /** Whose first answer is still to come. */
  const waiting = new Set(among.filter((one) => standings.active(one)))
  if (waiting.size === 0) for (const one of among) waiting.add(one)
  const unknowing = new Set<Endpoint>()
  const timers = new Set<() => void>()
  let ruled: { readonly side: Side<value> | undefined; readonly alone: boolean } | undefined
  let disputing = false
  let told = false
  let error: unknown
  let patience: 'fresh' | 'waiting' | 'over' = 'fresh'
  let grace: 'none' | 'waiting' | 'over' = 'none'
  let agreedAt: number | undefined
  let stopWatching = (): void => undefined
  let spoken = (): void => undefined

  return new Promise((resolve, reject) => {
    /** Until there is a ruling. */
    const meanwhile = (ms: number, run: () => void): void => {
      const stop = later(ms, () => {
        timers.delete(stop)
        run()
      })
      timers.add(stop)
    }

    const operatorsOf = (side: Side<value>, counts: (endpoint: Endpoint) => boolean): readonly string[] =>
      [...new Set(side.by.filter(counts).map((one) => one.operator))].toSorted()
    const heard = (): readonly Side<value>[] => sides.filter((side) => side.by.some(standings.objects))
    const strength = (side: Side<value>): number => operatorsOf(side, standings.confirms).length
    const strongest = (): Side<value> | undefined =>
      heard().reduce<Side<value> | undefined>((best, side) => (!best || strength(side) > strength(best) ? side : best), undefined)

    const rule = (side: Side<value> | undefined, alone: string | undefined): void => {
      if (ruled) return
      ruled = { side, alone: alone !== undefined }
      if (alone !== undefined) referee.awaiting(new Promise((done) => (spoken = done)))
      for (const stop of timers) stop()
      timers.clear()
      resolve(side && { value: side.value, alone })
      if (waiting.size === 0 && !disputing) end()
      else stopWatching = later(tailMs, end)
    }

    /** Whoever has not answered by now is late, or behind. */
    const end = (): void => {
      stopWatching()
      unsubscribe()
      spoken()
      const agreed = ruled?.side !== undefined && strength(ruled.side) >= needed ? ruled.side : undefined
      for (const endpoint of agreed ? [...waiting] : []) {
        waiting.delete(endpoint)
        if (!unknowing.has(endpoint)) standings.late(endpoint)
        else if (standings.behind(endpoint, question.about) && agreed && strict)
          question.onDispute({
            sides: [
              { operators: operatorsOf(agreed, () => true), says: 'the block is there' },
              { operators: [endpoint.operator], says: `it knows no such block, ${tailMs / 1_000} s later` },
            ],
            against: [endpoint.name],
            settledBy: 'nothing',
          })
      }
      waiting.clear()
    }

    const nobodyToWaitFor = (): boolean => [...waiting].every((one) => unknowing.has(one))
    /** An objection that can be expected before long is waited for: liars who are quick must not outrun it. */
    const objectionLikely = (): boolean => {
      const soon = Math.max(leastLagMs, (now() - began) * graceShare)
      return [...waiting].some((one) => !unknowing.has(one) && standings.usualLagMs(one) <= soon)
    }

    const look = (): void => {
      if (ruled) return lookAgain()
      const present = heard()
      const best = strongest()
      if (disputing) {
        // Somebody's word may be worth nothing by now.
        if (present.length === 1 && best) rule(best, aloneBy(best))
        return
      }
      if (present.length > 1 && strict) {
        if ((best && strength(best) >= needed) || nobodyToWaitFor() || patience === 'over') void dispute()
      } else if (best && strength(best) >= needed) {
        agreedAt ??= now()
        if (!strict || needed === 1 || grace === 'over' || !objectionLikely()) return rule(best, undefined)
        if (grace === 'none') {
          grace = 'waiting'
          meanwhile(Math.max(leastGraceMs, (now() - began) * graceShare), () => {
            grace = 'over'
            look()
          })
        }
        return
      } else if (patience === 'over' || waiting.size === 0 || (unknowing.size === 0 && nobodyToWaitFor())) {
        if (best) return rule(merged(best), aloneBy(best))
        if (unknowing.size > 0) return rule(undefined, undefined)
        if (waiting.size === 0) {
          ruled = { side: undefined, alone: false }
          unsubscribe()
          reject(error instanceof Error ? error : new Error('no endpoint could be asked'))
        }
        return
      } else if (!best && unknowing.size > 0 && nobodyToWaitFor()) return rule(undefined, undefined)
      if (patience === 'fresh' && (sides.length > 0 || unknowing.size > 0)) {
        patience = 'waiting'
        meanwhile(referee.aloneAfterMs, () => {
          patience = 'over'
          look()
        })
      }
    }

    const aloneBy = (side: Side<value>): string | undefined =>
      strength(side) >= needed ? undefined : operatorsOf(side, () => true).join(', ')
    const merged = (best: Side<value>): Side<value> =>
      question.merge && heard().length > 1 ? { value: question.merge(heard().map((side) => side.value)), by: best.by } : best

    /** Operators say different things. Proof decides where there is any; otherwise what more of them say is handed on as theirs alone. */
    const dispute = async (): Promise<void> => {
      disputing = true
      const { prove } = question
      if (!ruled) meanwhile(settleMs, giveUp)
      const proven = prove && (await referee.inTurn(() => heard().length > 1, prove).catch(() => undefined))
      disputing = false
      if (heard().length < 2) return look()
      const right = proven === undefined ? undefined : sideOf(proven)
      if (!right) return giveUp()
      const wrong = sides.filter((side) => side !== right)
      report(wrong, 'proof', right)
      if (ruled && ruled.side !== right) question.onSecondThought?.('refuted', right.value)
      else if (ruled?.alone) question.onSecondThought?.('confirmed', right.value)
      spoken()
      // First what is proven, then who is set aside by it: what nobody else confirms any more is proven all the same.
      rule(right, undefined)
      for (const side of wrong)
        for (const endpoint of side.by.filter(standings.objects))
          standings.refuted(endpoint, `it said ${question.differ(side.value, right.value)?.[0] ?? 'something else'}`, async () => {
            const value = await question.ask(endpoint)
            return value !== undefined && (question.differFromProof ?? question.differ)(value, right.value) === undefined
          })
      if (waiting.size === 0) end()
    }

    const sideOf = (proven: value): Side<value> | undefined => {
      const differ = question.differFromProof ?? question.differ
      const fits = heard().filter((side) => differ(side.value, proven) === undefined)
      const exact = fits.filter((side) => question.differ(side.value, proven) === undefined)
      return fits.length === 1 ? fits[0] : exact.length === 1 ? exact[0] : undefined
    }

    /** Both are asked: those who are more may have been in the middle of a block, too. */
    const agreesNow = async (endpoint: Endpoint, best: Side<value>): Promise<boolean> => {
      await new Promise<void>((resolve) => later(secondLookMs, resolve))
      const [other] = best.by
      const [own, theirs] = await Promise.all([question.ask(endpoint), other && question.ask(other)])
      return own !== undefined && theirs !== undefined && question.differ(own, theirs) === undefined
    }

    const giveUp = (): void => {
      disputing = false
      const best = strongest()
      if (!best) return look()
      const rest = heard().filter((side) => side !== best)
      const outvoted = strength(best) >= needed
      if (!told) {
        report(outvoted ? rest : [], 'nothing', best)
        for (const side of outvoted ? rest : [])
          for (const endpoint of side.by) standings.outvoted(endpoint, () => agreesNow(endpoint, best))
      }
      if (ruled) {
        if (ruled.alone && ruled.side !== best) question.onSecondThought?.('refuted', best.value)
        return
      }
      rule(best, operatorsOf(best, () => true).join(', '))
    }

    const report = (against: readonly Side<value>[], settledBy: Dispute['settledBy'], measure: Side<value>): void => {
      if (told) return
      told = true
      const other = sides.find((side) => side !== measure)
      question.onDispute({
        sides: sides.map((side) => {
          const difference =
            side === measure ? other && question.differ(side.value, other.value) : question.differ(side.value, measure.value)
          return { operators: operatorsOf(side, () => true), says: difference?.[0] ?? 'the same' }
        }),
        against: against.flatMap((side) => side.by.map((one) => one.name)),
        settledBy,
      })
    }

    /** Something was handed on already: what comes now confirms it, contradicts it, or is no news. */
    const lookAgain = (): void => {
      if (!ruled?.side || disputing) return
      if (heard().length > 1 && strict && !told) return void dispute()
      if (ruled.alone && strength(ruled.side) >= needed && heard().length === 1) {
        const { side } = ruled
        ruled = { side, alone: false }
        question.onSecondThought?.('confirmed', side.value)
        spoken()
      }
      if (waiting.size === 0) end()
    }

    const add = (endpoint: Endpoint, value: value): void => {
      const side = sides.find((one) => question.differ(one.value, value) === undefined)
      if (side) side.by.push(endpoint)
      else sides.push({ value, by: [endpoint] })
    }

    const attempt = async (endpoint: Endpoint, tries: number): Promise<void> => {
      const again = (): void => void later(firstRetryMs * 2 ** tries, () => void attempt(endpoint, tries + 1))
      try {
        const value = await question.ask(endpoint)
        standings.answered(endpoint, agreedAt === undefined ? 0 : now() - agreedAt)
        if (value === undefined) {
          if (!waiting.has(endpoint)) return
          unknowing.add(endpoint)
          // Not known yet, as a rule: a block takes its time to reach everybody.
          if (now() - began < tailMs) again()
        } else {
          unknowing.delete(endpoint)
          standings.caughtUp(endpoint, question.about)
          waiting.delete(endpoint)
          add(endpoint, value)
        }
      } catch (failure) {
        error ??= failure
        standings.failed(endpoint, failure instanceof Error ? failure.message : String(failure))
        // Worth a second try while there is nothing to go by; a node that is gone is set aside by it.
        if (!ruled && waiting.has(endpoint) && standings.active(endpoint) && tries < 2 && now() - began < referee.aloneAfterMs) again()
        else waiting.delete(endpoint)
      }
      look()
    }

    const unsubscribe = standings.onChange(() => {
      // Whoever is set aside is not waited for.
      for (const endpoint of waiting) if (!standings.active(endpoint) && waiting.size > 1) waiting.delete(endpoint)
      look()
    })
    const slow = question.sparing ? among.filter((one) => standings.usualLagMs(one) > slowMs) : []
    const quick = among.filter((one) => !slow.includes(one))
    if (new Set(quick.map((one) => one.operator)).size < needed) return among.forEach((one) => void attempt(one, 0))
    for (const endpoint of slow) waiting.delete(endpoint)
    for (const endpoint of quick) void attempt(endpoint, 0)
    if (slow.length > 0) meanwhile(spareMs, () => slow.forEach((one) => void attempt(one, 0)))
  })
}
