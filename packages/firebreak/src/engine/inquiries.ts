// Keeps the questions that are open: fetch code, ask trials, ask again, and settle when the comparison is complete.
import { compare, trialsNeeded } from '../decisions/compare.ts'
import { exposureOf } from '../decisions/exposure.ts'
import { candidatesFor, settle, type Pull } from '../decisions/settle.ts'
import type { Desire } from '../model/brake.ts'
import type { BlockRef, Transaction } from '../model/chain.ts'
import type { Comparison, Decision, Question, Trial, TrialOutcome } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Incident } from '../model/incident.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Suspect } from './attacks.ts'
import type { Effect } from './inputs.ts'
import type { Reached } from './reach.ts'

export type Result = Effect | { readonly kind: 'decided'; readonly decision: Decision; readonly incident: string }

interface World {
  readonly desires: () => readonly Desire[]
  readonly reachedAt: (chain: string, hash: Hex) => Reached | undefined
  readonly head: (chain: string) => BlockRef | undefined
}

interface Open {
  readonly incident: Incident
  readonly question: Question
  readonly outcomes: Map<string, TrialOutcome>
  /** Further suspects, tried when this one proves nothing. */
  readonly rest: readonly Suspect[]
}

export interface Inquiries {
  readonly open: (incident: Incident, suspects: readonly Suspect[], at: number) => readonly Result[]
  readonly answer: (question: string, outcomes: readonly (readonly [string, TrialOutcome])[], at: number) => readonly Result[]
  readonly code: (question: string, code: Readonly<Record<Address, Hex>>, at: number) => readonly Result[]
  readonly foresee: (block: BlockRef, txs: readonly Transaction[]) => readonly Trial[]
  /** People released this brake: these transactions, known then, do not make us pull it again. */
  readonly released: (brake: string, culprits: readonly Hex[]) => void
}

const nothingCompared: Comparison = {
  proof: 'unproven',
  why: 'no transaction is known that could be tried again',
  chosen: undefined,
  predictedLoss: 0n,
  worstLoss: 0n,
  candidates: [],
  inapplicable: [],
  untested: [],
  unpriced: [],
}

export function inquiries(plan: ResolvedPlan, past: readonly Decision[], world: World): Inquiries {
  const open = new Map<string, Open>()
  const asked = new Set<string>()
  const releases: { readonly brake: string; readonly culprits: readonly Hex[] }[] = []
  const pulls: Pull[] = past.flatMap((decision) => (decision.verdict === 'pull' ? pullsOf(decision) : []))
  let count = past.length

  const standingFor = (chain: string, status: readonly Desire['status'][]): readonly string[] => [
    ...new Set(world.desires().filter((one) => one.chain === chain && status.includes(one.status)).map((one) => one.brake)),
  ]

  const begin = (incident: Incident, suspects: readonly Suspect[], at: number): readonly Result[] => {
    const [suspect, ...rest] = suspects
    if (!suspect) return [finish(incident, nothingCompared, undefined, at)]
    const { attack } = suspect
    const reached = (hash: Hex): Reached | undefined => world.reachedAt(incident.chain, hash)
    const standing = standingFor(incident.chain, ['wanted'])
    const holding = standingFor(incident.chain, ['holding'])
    const before: Record<Hex, readonly (bigint | undefined)[]> = {}
    for (const block of [attack.base, attack.head]) before[block.hash] = reached(block.hash)?.holdings ?? []
    const levers: Record<string, bigint> = {}
    for (const brake of plan.brakes) {
      const read = brake.lever?.probe.of(reached(attack.head.hash)?.answers ?? { answers: new Map() })
      if (read?.ok) levers[brake.name] = read.value
    }
    const question: Question = {
      id: `q${++count}-${incident.id}`,
      incident: incident.id,
      attack,
      candidates: candidatesFor(plan, incident).filter((name) => !standing.includes(name) && !holding.includes(name)),
      standing,
      before,
      prices: incident.prices,
      levers,
    }
    open.set(question.id, { incident, question, outcomes: new Map(), rest })
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
    const comparison = compare(plan, inquiry.question, inquiry.outcomes)
    if (comparison.proof === 'unproven' && inquiry.rest.length > 0) return begin(inquiry.incident, inquiry.rest, at)
    return [finish(inquiry.incident, comparison, inquiry.question, at)]
  }

  const finish = (incident: Incident, comparison: Comparison, question: Question | undefined, at: number): Result => {
    const head = world.head(incident.chain)
    const block = head ? { number: head.number, hash: head.hash } : incident.lastBlock
    const now = world.reachedAt(incident.chain, block.hash)?.holdings ?? []
    const atRisk = exposureOf(plan, incident, now, now, 0).atRisk
    const suspects = question?.attack.txs.map((tx) => tx.hash) ?? []
    const decision = settle(plan, {
      incident,
      comparison,
      block,
      at,
      atRisk,
      pulls,
      released: releases.filter((one) => suspects.length === 0 || suspects.some((tx) => one.culprits.includes(tx))).map((one) => one.brake),
      standing: standingFor(incident.chain, ['wanted', 'holding']),
      tipToBeat: question?.attack.origin === 'pending' ? (question.attack.txs.at(-1)?.maxTip ?? 0n) : 0n,
    })
    if (decision.verdict === 'pull') pulls.push(...pullsOf(decision))
    return { kind: 'decided', decision, incident: incident.id }
  }

  return {
    open: (incident, suspects, at) => {
      // The same suspicion under the same brakes is decided once, however often it is seen.
      const holding = standingFor(incident.chain, ['holding']).join('+')
      const fresh = suspects.filter((one) => !asked.has(`${one.attack.txs.at(-1)?.hash}|${holding}`))
      const none = `${incident.id}|${holding}`
      if (suspects.length === 0 ? asked.has(none) : fresh.length === 0) return []
      for (const one of fresh) asked.add(`${one.attack.txs.at(-1)?.hash}|${holding}`)
      asked.add(none)
      return begin(incident, fresh, at)
    },
    answer: (id, outcomes, at) => {
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
    foresee: (block, txs) => {
      const candidates = [...new Set(plan.rules.flatMap((rule) => (rule.act.kind === 'automatically' ? rule.brakes : [])))]
      const taken = standingFor(block.chain, ['wanted', 'holding'])
      const question: Question = {
        id: 'foreseen',
        incident: '',
        attack: { origin: 'pending', base: block, head: block, txs, code: {} },
        candidates: candidates.filter((name) => !taken.includes(name)),
        standing: standingFor(block.chain, ['wanted']),
        before: { [block.hash]: world.reachedAt(block.chain, block.hash)?.holdings ?? [] },
        prices: {},
        levers: {},
      }
      return trialsNeeded(plan, question, new Map())
    },
    released: (brake, culprits) => void releases.push({ brake, culprits }),
  }
}

const pullsOf = (decision: Decision): readonly Pull[] =>
  decision.brakes.map((brake) => ({ decision: decision.id, rule: decision.rule, brake, at: decision.at }))
