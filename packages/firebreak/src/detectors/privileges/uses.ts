// Unexpected use of a power: a function called by somebody else than usual, at another time, or without what has to come first.
import { toFunctionSelector, toFunctionSignature } from 'viem'
import type { Abi } from 'abitype'
import type { Duration } from '../../base/units.ts'
import type { EventRef, LogProbe } from '../../model/call.ts'
import type { CallFrame } from '../../model/chain.ts'
import type { Fault } from '../../model/errors.ts'
import type { Finding, Scope } from '../../model/detector.ts'
import type { Address, Hex } from '../../model/hex.ts'
import type { BlockMoment, PendingMoment } from '../../model/moment.ts'
import { duration, seconds } from '../options.ts'
import type { At } from '../options.ts'
import { addressText } from './powers.ts'

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
export type Day = (typeof days)[number]

export interface Use {
  readonly of: At & { readonly abi?: Abi }
  /** A name in the contract's ABI, or a name with its types: 'mint(address,uint256)'. */
  readonly fn: string
  /** Who usually calls it. */
  readonly by?: readonly (string | At)[]
  /** When, in UTC: '08:00-18:00'; '22:00-06:00' goes over midnight. */
  readonly hours?: string
  readonly days?: readonly Day[]
  /** What has to come before it: an event at most `within` ago and, where given, at least `notBefore` ago. */
  readonly after?: { readonly event: EventRef; readonly within: Duration; readonly notBefore?: Duration }
}

const likelihoods = { caller: 0.8, time: 0.5, sequence: 0.7, tooYoung: 0.3 } as const

interface Rule {
  readonly contract: Address
  readonly name: string
  readonly selectors: ReadonlySet<Hex>
  readonly by: ReadonlySet<string> | undefined
  readonly hours: readonly [from: number, to: number] | undefined
  readonly days: readonly Day[] | undefined
  readonly after: { readonly probe: LogProbe; readonly within: number; readonly notBefore: number } | undefined
}

/** When each rule's event was last seen, and since when anything is: plain data. */
export interface Sequence {
  readonly since: number | undefined
  readonly last: readonly (number | null)[]
}
export const unsequenced: Sequence = { since: undefined, last: [] }

export interface Uses {
  readonly contracts: readonly Address[]
  readonly logs: readonly LogProbe[]
  readonly emitters: readonly Address[]
  readonly judge: (sequence: Sequence, moment: BlockMoment | PendingMoment) => readonly Finding[]
  readonly learn: (sequence: Sequence, moment: BlockMoment) => Sequence
}

export function usesOf(faults: Fault[], scope: Scope, uses: readonly Use[]): Uses {
  const rules = uses.map((use, i) => ruleOf(faults, `uses[${i}]`, scope, use))

  function judge(sequence: Sequence, moment: BlockMoment | PendingMoment): readonly Finding[] {
    if (rules.length === 0) return []
    if (moment.kind === 'pending') {
      const frames = moment.frames.length > 0 || moment.reverted ? moment.frames : [topCall(moment.tx)]
      return moment.reverted ? [] : inTree(frames, moment.tx.hash, sequence, moment)
    }
    return moment.touched.flatMap((one) => (one.frames ? inTree(one.frames, one.tx.hash, sequence, moment) : []))
  }

  /** One finding for each rule and transaction, however often it is called. */
  function inTree(frames: readonly CallFrame[], tx: Hex, sequence: Sequence, moment: BlockMoment | PendingMoment): readonly Finding[] {
    const found = new Map<Rule, Finding>()
    for (const frame of succeeded(frames)) {
      if (frame.kind !== 'call') continue
      rules.forEach((rule, i) => {
        if (frame.to !== rule.contract || !rule.selectors.has(frame.selector) || found.has(rule)) return
        const odd = oddities(rule, i, frame.from, sequence, moment)
        if (odd.length > 0) found.set(rule, finding(rule, frame.from, tx, odd))
      })
    }
    return [...found.values()]
  }

  function oddities(rule: Rule, i: number, caller: Address, sequence: Sequence, moment: BlockMoment | PendingMoment): readonly Oddity[] {
    const now = Number(moment.block.timestamp)
    const odd: Oddity[] = []
    if (rule.by && !rule.by.has(caller))
      odd.push({ likelihood: likelihoods.caller, words: `by ${scope.nameOf(caller)}, who is not expected to` })
    const time = new Date(now * 1_000)
    const minute = time.getUTCHours() * 60 + time.getUTCMinutes()
    const day = days[time.getUTCDay()]
    const off = (rule.hours && !within(rule.hours, minute)) || (rule.days && day && !rule.days.includes(day))
    if (off) odd.push({ likelihood: likelihoods.time, words: `at ${time.toISOString().slice(11, 16)} UTC on ${day ?? ''}, out of hours` })
    if (!rule.after) return odd
    const last = sequence.last[i] ?? undefined
    const age = last === undefined ? undefined : now - last
    if (age !== undefined && age <= rule.after.within && age >= rule.after.notBefore) return odd
    const name = eventName(uses[i])
    if (age === undefined && (sequence.since === undefined || now - sequence.since < rule.after.within))
      odd.push({ likelihood: likelihoods.tooYoung, words: `without ${name} since the watch began` })
    else if (age === undefined || age > rule.after.within)
      odd.push({ likelihood: likelihoods.sequence, words: `without ${name} in the last ${duration(rule.after.within)}` })
    else
      odd.push({ likelihood: likelihoods.sequence, words: `${duration(age)} after ${name}, sooner than ${duration(rule.after.notBefore)}` })
    return odd
  }

  function finding(rule: Rule, caller: Address, tx: Hex, odd: readonly Oddity[]): Finding {
    // Two oddities of one call are one fact seen twice over: the worse one counts.
    const likelihood = Math.max(...odd.map((one) => one.likelihood))
    return {
      subjects: [rule.contract],
      likelihood,
      weight: likelihood >= likelihoods.time ? 'verdict' : 'evidence',
      summary: `${scope.nameOf(rule.contract)}.${rule.name} was called ${odd.map((one) => one.words).join('; ')}`,
      evidence: { contract: rule.contract, function: rule.name, caller, transaction: tx },
      loss: [],
      culprits: [tx],
    }
  }

  function learn(sequence: Sequence, moment: BlockMoment): Sequence {
    const probes = rules.map((rule) => rule.after?.probe)
    if (!probes.some(Boolean)) return sequence
    const now = Number(moment.block.timestamp)
    const heard = probes.map((probe) => probe !== undefined && (moment.logs.get(probe.key)?.length ?? 0) > 0)
    if (sequence.since !== undefined && !heard.some(Boolean)) return sequence
    return { since: sequence.since ?? now, last: heard.map((yes, i) => (yes ? now : (sequence.last[i] ?? null))) }
  }

  return {
    contracts: [...new Set(rules.map((rule) => rule.contract))],
    logs: rules.flatMap((rule) => (rule.after ? [rule.after.probe] : [])),
    emitters: rules.flatMap((rule) => (rule.after ? [rule.after.probe.address] : [])),
    judge,
    learn,
  }
}

interface Oddity {
  readonly likelihood: number
  readonly words: string
}

/** Calls that did happen: a failed one takes all that is within it along. */
function succeeded(frames: readonly CallFrame[]): readonly CallFrame[] {
  let failedAt = Infinity
  return frames.filter((frame) => {
    if (frame.depth > failedAt) return false
    failedAt = frame.failed ? frame.depth : Infinity
    return !frame.failed
  })
}

/** Without a call tree a waiting transaction is known by its own call alone. */
function topCall({ from, to, data, value }: PendingMoment['tx']): CallFrame {
  return { depth: 0, kind: to === undefined ? 'create' : 'call', from, to, selector: data.slice(0, 10) as Hex, value, failed: false }
}

function ruleOf(faults: Fault[], path: string, scope: Scope, use: Use): Rule {
  const { of, fn, by, after } = use
  const selectors = selectorsOf(of.abi, fn)
  if (selectors.length === 0)
    faults.push({
      path: `${path}.fn`,
      wrong: `'${fn}' is neither in the contract's ABI nor a function with its types`,
      mend: "write its name as in the ABI, or with the types of its arguments: 'mint(address,uint256)'",
    })
  if (by === undefined && use.hours === undefined && use.days === undefined && after === undefined)
    faults.push({ path, wrong: 'it says nothing of what is usual', mend: 'give at least one of `by`, `hours`, `days` or `after`' })
  const hours = use.hours === undefined ? undefined : hoursOf(use.hours)
  if (use.hours !== undefined && !hours)
    faults.push({ path: `${path}.hours`, wrong: `'${use.hours}' is not a span of hours`, mend: "write it in UTC: '08:00-18:00'" })
  for (const day of use.days ?? [])
    if (!days.includes(day)) faults.push({ path: `${path}.days`, wrong: `'${day}' is not a day`, mend: `use: ${days.join(', ')}` })
  return {
    contract: of.address,
    name: fn.includes('(') ? fn : `${fn}()`,
    selectors: new Set(selectors),
    by: by && new Set(by.map((one) => addressText(typeof one === 'string' ? one : one.address))),
    hours,
    days: use.days,
    after: after && {
      probe: scope.event(after.event),
      within: seconds(faults, `${path}.after.within`, after.within),
      notBefore: after.notBefore === undefined ? 0 : seconds(faults, `${path}.after.notBefore`, after.notBefore),
    },
  }
}

function selectorsOf(abi: Abi | undefined, fn: string): readonly Hex[] {
  if (fn.includes('(')) {
    try {
      return [toFunctionSelector(fn)]
    } catch {
      return []
    }
  }
  return (abi ?? []).flatMap((item) =>
    item.type === 'function' && item.name === fn ? [toFunctionSelector(toFunctionSignature(item))] : [],
  )
}

/** Minutes of the day. */
function hoursOf(text: string): readonly [number, number] | undefined {
  const [, from, fromMinute = '0', to, toMinute = '0'] = /^(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?$/.exec(text) ?? []
  if (from === undefined || to === undefined) return undefined
  const [start, end] = [Number(from) * 60 + Number(fromMinute), Number(to) * 60 + Number(toMinute)]
  return start <= 1_440 && end <= 1_440 && start !== end ? [start, end] : undefined
}

function within([from, to]: readonly [number, number], minute: number): boolean {
  return from < to ? minute >= from && minute < to : minute >= from || minute < to
}

const eventName = (use: Use | undefined): string => use?.after?.event.event.name ?? 'its event'
