// Keeps the questions that are open: fetch code, ask trials, ask again, and settle when the comparison is complete.
import { compare, nothingCompared, trialsNeeded } from '../decisions/compare.ts'
import { exposureOf } from '../decisions/exposure.ts'
import { settle, standsUpTo, worthTrying, type Pull } from '../decisions/settle.ts'
import { aloneTrial } from '../decisions/trials.ts'
import type { BlockRef, Transaction } from '../model/chain.ts'
import type { Comparison, Decision, Question, Trial, TrialOutcome } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Incident } from '../model/incident.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Suspect } from './attacks.ts'
import type { Effect } from './inputs.ts'
import { byWhatTheyTake } from './line-up.ts'
import { oneWord, whoseWord } from './one-word.ts'
import { pulls } from './pulls.ts'
import type { Reached } from './reach.ts'
import { releases, type Release } from './releases.ts'
import { standing, type World } from './standing.ts'
import { pricesAt } from './trusted.ts'

export type Result =
  | Effect
  /** `waiting`: about a transaction that is still waiting, so that what we pay is compared with what it pays. */
  | { readonly kind: 'decided'; readonly decision: Decision; readonly incident: string; readonly waiting: boolean }

interface Open {
  readonly question: Question
  readonly outcomes: Map<string, TrialOutcome>
  /** The one that is being tried, and further ones for when it proves nothing. */
  readonly suspects: readonly Suspect[]
  readonly about: readonly string[]
  /** What was wanted when the question was put: once that changes, its answers are about another world. */
  readonly taken: string
}

/** Several suspects: the one that takes the most when it is tried alone is looked at first. */
interface LineUp {
  readonly incident: string
  readonly suspects: readonly Suspect[]
  readonly about: readonly string[]
}

/** A suspicion that was decided: for good, or, where confidence was wanting, up to the confidence that it had. */
export interface Settled {
  readonly key: string
  readonly upTo: number | undefined
}

/** What earlier decisions leave behind: the pulls that budgets count, the suspicions that are settled, and the brakes that people released. */
export interface Past {
  readonly pulls: readonly Pull[]
  readonly settled: readonly Settled[]
  readonly releases: readonly Release[]
  readonly decisions: number
}

export interface Inquiries {
  readonly open: (incident: Incident, suspects: readonly Suspect[], at: number) => readonly Result[]
  /** More is known of this incident, and nothing new was done: what was left to people for want of confidence is decided again. */
  readonly again: (incident: Incident, at: number) => readonly Result[]
  readonly answer: (question: string, outcomes: readonly (readonly [string, TrialOutcome])[], at: number) => readonly Result[]
  readonly code: (question: string, code: Readonly<Record<Address, Hex>>, at: number) => readonly Result[]
  readonly foresee: (block: BlockRef, txs: readonly Transaction[], code: Readonly<Record<Address, Hex>>) => readonly Trial[]
  /** People released this brake: these transactions, known then, do not make us pull it again. */
  readonly released: (release: Release) => void
  /** Whether this was never decided, or with less confidence. */
  readonly mayAsk: (about: string, confidence: number) => boolean
  /** A veto was tried: the plan's bounds are applied to it, in `within`, where it is a brake. One that is wanted says nothing about another. */
  readonly veto: (
    within: ResolvedPlan,
    incident: Incident,
    comparison: Comparison,
    about: string,
    at: number,
    grounds: readonly (string | undefined)[],
  ) => readonly Result[]
  /** The desire that people ended becomes a proposal to them. */
  readonly propose: (incident: Incident, brake: string, at: number) => Result
}

/** Suspicions remembered at most; the oldest go first. */
const mostAsked = 20_000

export function inquiries(plan: ResolvedPlan, past: Past, world: World): Inquiries {
  const open = new Map<string, Open>()
  const lineUps = new Map<string, LineUp>()
  /** Every suspicion that was ever put as a question, with the confidence up to which its answer stands. */
  const asked = new Map(past.settled.map((one) => [one.key, one.upTo]))
  /** What an incident's last decision left undone. */
  const undone = new Map<string, readonly Suspect[]>()
  const released = releases(past.releases)
  const words = oneWord()
  const pulled = pulls(plan, past.pulls, world.incident)
  let questions = 0
  let decisions = past.decisions
  const { takenAt, standingOn } = standing(plan, world)

  const mayAsk = (key: string, confidence: number): boolean => {
    const upTo = asked.get(key)
    return !asked.has(key) || (upTo !== undefined && confidence > upTo)
  }

  const mark = (about: readonly string[], upTo: number | undefined): void => {
    for (const key of about) asked.set(key, upTo)
    for (const key of asked.keys()) {
      if (asked.size <= mostAsked) break
      asked.delete(key)
    }
  }

  const begin = (id: string, suspects: readonly Suspect[], about: readonly string[], at: number): readonly Result[] => {
    const [suspect] = suspects
    const incident = world.incident(id)
    if (!incident) return []
    if (!suspect) return [finish(incident, nothingCompared, undefined, suspects, about, at)]
    const { attack } = suspect
    const reached = (hash: Hex): Reached | undefined => world.reachedAt(incident.chain, hash)
    const before: Record<Hex, readonly (bigint | undefined)[]> = {}
    const missing: Record<Hex, readonly string[]> = {}
    const taken = takenAt(incident.chain, attack.head.hash)
    for (const { hash } of [attack.base, attack.head]) {
      before[hash] = reached(hash)?.holdings ?? []
      missing[hash] = standingOn(taken, incident.chain, hash)
    }
    const levers: Record<string, bigint> = {}
    for (const brake of plan.brakes) {
      const read = brake.lever?.probe.of(reached(attack.head.hash)?.answers ?? { answers: new Map() })
      if (read?.ok) levers[brake.name] = read.value
    }
    const candidates = worthTrying(plan, incident, taken)
    const question: Question = {
      id: `q${++questions}-${incident.id}`,
      incident: incident.id,
      attack,
      candidates,
      standing: missing,
      before,
      prices: incident.prices,
      levers,
      ways: world.ways(attack.head.timestamp),
    }
    open.set(question.id, { question, outcomes: new Map(), suspects, about, taken: taken.join() })
    if (suspect.through.length === 0) return proceed(question.id, at)
    return [{ kind: 'fetchCode', question: question.id, chain: incident.chain, block: attack.base.hash, addresses: suspect.through }]
  }

  /** Asks what is still missing, or settles. */
  const proceed = (id: string, at: number): readonly Result[] => {
    const inquiry = open.get(id)
    if (!inquiry) return []
    const trials = trialsNeeded(plan, inquiry.question, inquiry.outcomes)
    if (trials.length > 0) return [{ kind: 'ask', question: id, trials }]
    open.delete(id)
    const { question, suspects, about } = inquiry
    const incident = world.incident(question.incident)
    if (!incident) return []
    // Another decision came first: what it pulled may be enough, and must not be pulled twice.
    if (takenAt(incident.chain, question.attack.head.hash).join() !== inquiry.taken) return begin(incident.id, suspects, about, at)
    const comparison = compare(plan, question, inquiry.outcomes)
    if (comparison.proof === 'unproven' && suspects.length > 1) return begin(incident.id, suspects.slice(1), about, at)
    const grounds = [suspects[0]?.alone, ...[...inquiry.outcomes.values()].map((one) => one.alone)]
    return [finish(incident, comparison, question, suspects, about, at, grounds)]
  }

  const finish = (
    incident: Incident,
    comparison: Comparison,
    question: Question | undefined,
    tried: readonly Suspect[],
    about: readonly string[],
    at: number,
    grounds: readonly (string | undefined)[] = [],
    within?: ResolvedPlan,
  ): Result => {
    const head = world.head(incident.chain)
    const block = head ? { number: head.number, hash: head.hash } : incident.lastBlock
    const now = world.reachedAt(incident.chain, block.hash)
    const held = now?.holdings ?? []
    const atRisk = exposureOf(plan, incident, held, held, 0).atRisk
    const txs = question?.attack.txs.map((tx) => tx.hash) ?? []
    const settled = settle(within ?? plan, {
      incident,
      comparison,
      block,
      at,
      atRisk,
      pulls: pulled.all(),
      released: released.of(txs),
      standing: within ? [] : takenAt(incident.chain, block.hash),
      acting: !within && actsFor(incident.id),
      about,
      count: ++decisions,
      tipToBeat: question?.attack.txs.at(-1)?.maxTip ?? 0n,
      feeToBeat: question?.attack.txs.at(-1)?.maxFee ?? 0n,
      alone: whoseWord(grounds, [now, question && world.reachedAt(incident.chain, question.attack.base.hash)]),
    })
    const word = words.standing(settled)
    // A brake that fails today (a key without gas, a power not yet granted) may work at the next head: that is asked again.
    const failing =
      word !== 'settled' || (settled.verdict === 'hold' && comparison.candidates.some((candidate) => candidate.fails !== undefined))
    const decision = failing ? { ...settled, about: [] } : settled
    if (failing) for (const key of about) asked.delete(key)
    else mark(about, standsUpTo(decision))
    if (decision.verdict === 'pull') pulled.note(decision)
    if ((decision.verdict === 'pull' && !decision.staged) || tried.length === 0) undone.delete(incident.id)
    else undone.set(incident.id, tried)
    if (word === 'repeats') decisions--
    if (word === 'repeats') return { kind: 'record', entries: [] }
    return { kind: 'decided', decision, incident: incident.id, waiting: question?.attack.origin === 'pending' }
  }

  const actsFor = (incident: string): boolean =>
    world.desires().some((one) => one.incident === incident && (one.status === 'wanted' || one.status === 'holding'))

  const ask = (incident: Incident, suspects: readonly Suspect[], at: number): readonly Result[] => {
    const fresh = suspects.filter((one) => mayAsk(one.key, incident.confidence))
    if (fresh.length === 0) return []
    // What an attack leaves behind is no second reason: it is settled together with the attack.
    const about = [...fresh.map((one) => one.key), lastingOf(incident)]
    mark(about, undefined)
    if (fresh.length === 1) return begin(incident.id, fresh, about, at)
    const id = `q${++questions}-${incident.id}`
    lineUps.set(id, { incident: incident.id, suspects: fresh, about })
    return [{ kind: 'ask', question: id, trials: fresh.map((one) => aloneTrial(one.attack)) }]
  }

  /** Honest withdrawals in the same block lose value too, when they are tried: the attack is what takes the most. */
  const pickedFrom = (lineUp: LineUp, outcomes: ReadonlyMap<string, TrialOutcome>, at: number): readonly Result[] => {
    const incident = world.incident(lineUp.incident)
    if (!incident) return []
    return begin(incident.id, byWhatTheyTake(plan, incident, world, lineUp.suspects, outcomes), lineUp.about, at)
  }

  /** What was tried and not acted on, on the newest state. A waiting transaction is judged at every head anyway. */
  const leftOver = (incident: Incident): readonly Suspect[] =>
    (undone.get(incident.id) ?? []).flatMap((one) =>
      one.attack.origin === 'mined' ? [{ ...one, attack: { ...one.attack, head: world.head(incident.chain) ?? one.attack.head } }] : [],
    )

  return {
    open: (incident, suspects, at) => {
      if (suspects.length > 0) return ask(incident, suspects, at)
      if (undone.has(incident.id)) return ask(incident, leftOver(incident), at)
      // Damage that lasts is one reason to act, once; only a new transaction is another.
      const lasting = lastingOf(incident)
      const underWay = [...open.values()].some((one) => world.incident(one.question.incident)?.id === incident.id)
      if (!mayAsk(lasting, incident.confidence) || underWay || actsFor(incident.id)) return []
      return begin(incident.id, [], [lasting], at)
    },
    again: (incident, at) => ask(incident, leftOver(incident), at),
    answer: (id, outcomes, at) => {
      const lineUp = lineUps.get(id)
      if (lineUp) {
        lineUps.delete(id)
        return pickedFrom(lineUp, new Map(outcomes), at)
      }
      const inquiry = open.get(id)
      for (const [trial, outcome] of outcomes) inquiry?.outcomes.set(trial, outcome)
      return proceed(id, at)
    },
    code: (id, code, at) => {
      const inquiry = open.get(id)
      if (!inquiry) return []
      open.set(id, { ...inquiry, question: { ...inquiry.question, attack: { ...inquiry.question.attack, code } } })
      return proceed(id, at)
    },
    foresee: (block, txs, code) => {
      const candidates = [...new Set(plan.rules.flatMap((rule) => (rule.act.kind === 'automatically' ? rule.brakes : [])))]
      const taken = takenAt(block.chain, block.hash)
      if (candidates.every((name) => taken.includes(name))) return []
      const question: Question = {
        id: 'foreseen',
        incident: '',
        attack: { origin: 'pending', base: block, head: block, txs, code },
        candidates: candidates.filter((name) => !taken.includes(name)),
        standing: { [block.hash]: standingOn(taken, block.chain, block.hash) },
        before: { [block.hash]: world.reachedAt(block.chain, block.hash)?.holdings ?? [] },
        prices: pricesAt(plan, world.reachedAt(block.chain, block.hash)),
        levers: {},
        ways: world.ways(block.timestamp),
      }
      return trialsNeeded(plan, question, new Map())
    },
    mayAsk,
    veto: (within, incident, comparison, about, at, grounds) => [finish(incident, comparison, undefined, [], [about], at, grounds, within)],
    released: released.note,
    propose: (incident, brake, at) => {
      const head = world.head(incident.chain)
      const rule = plan.rules.findIndex((one) => one.brakes.includes(brake))
      const decision: Decision = {
        id: `dec-${incident.id.slice(4)}-${++decisions}`,
        incident: incident.id,
        at,
        block: head ? { number: head.number, hash: head.hash } : incident.lastBlock,
        verdict: 'propose',
        obstacle: 'released',
        why: `someone else released ${brake} while we wanted it; pulling it again is for people to decide`,
        rule,
        brakes: [brake],
        confidence: incident.confidence,
        about: [],
        breakEven: undefined,
        comparison: nothingCompared,
        tipToBeat: 0n,
        feeToBeat: 0n,
      }
      return { kind: 'decided', decision, incident: incident.id, waiting: false }
    },
  }
}

/** Damage that lasts, as a suspicion: of this incident, as far as these watches speak of it. */
const lastingOf = (incident: Incident): string => `${incident.id}|${Object.keys(incident.verdicts).sort().join('+')}`
