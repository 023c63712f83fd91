// Keeps the questions that are open: fetch code, ask trials, ask again, and settle when the comparison is complete.
import { conditionHolds } from '../base/condition.ts'
import { compare, trialsNeeded } from '../decisions/compare.ts'
import { exposureOf } from '../decisions/exposure.ts'
import { candidatesFor, settle, type Pull } from '../decisions/settle.ts'
import type { Desire } from '../model/brake.ts'
import type { BlockRef, Transaction } from '../model/chain.ts'
import type { Comparison, Decision, Question, Trial, TrialOutcome } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Incident } from '../model/incident.ts'
import type { Dollars } from '../model/money.ts'
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
  readonly about: readonly string[]
}

/** What earlier decisions leave behind: the pulls that budgets count, and the suspicions that are settled. */
export interface Past {
  readonly pulls: readonly Pull[]
  readonly settled: readonly string[]
  readonly decisions: number
}

export interface Inquiries {
  readonly open: (incident: Incident, suspects: readonly Suspect[], at: number) => readonly Result[]
  readonly answer: (question: string, outcomes: readonly (readonly [string, TrialOutcome])[], at: number) => readonly Result[]
  readonly code: (question: string, code: Readonly<Record<Address, Hex>>, at: number) => readonly Result[]
  readonly foresee: (block: BlockRef, txs: readonly Transaction[], code: Readonly<Record<Address, Hex>>) => readonly Trial[]
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

/** Suspicions remembered at most; the oldest go first. */
const mostSettled = 20_000

export function inquiries(plan: ResolvedPlan, past: Past, world: World): Inquiries {
  const open = new Map<string, Open>()
  const settled = new Set(past.settled)
  const releases: { readonly brake: string; readonly culprits: readonly Hex[] }[] = []
  const pulls: Pull[] = [...past.pulls]
  let questions = 0
  let decisions = past.decisions

  const desired = (chain: string): readonly string[] => [
    ...new Set(world.desires().filter((one) => one.chain === chain && (one.status === 'wanted' || one.status === 'holding')).map((one) => one.brake)),
  ]

  /** Brakes that we want and that a state does not have: they will be there when the attack comes. */
  const standingOn = (chain: string, base: Hex): readonly string[] =>
    desired(chain).filter((name) => {
      const brake = plan.brakes.find((one) => one.name === name)
      const reached = world.reachedAt(chain, base)
      return brake !== undefined && (!reached || conditionHolds(brake.holds, reached.answers) !== true)
    })

  const begin = (incident: Incident, suspects: readonly Suspect[], about: readonly string[], at: number): readonly Result[] => {
    const [suspect, ...rest] = suspects
    if (!suspect) return [finish(incident, nothingCompared, undefined, about, at)]
    const { attack } = suspect
    const reached = (hash: Hex): Reached | undefined => world.reachedAt(incident.chain, hash)
    const before: Record<Hex, readonly (bigint | undefined)[]> = {}
    const standing: Record<Hex, readonly string[]> = {}
    for (const { hash } of [attack.base, attack.head]) {
      before[hash] = reached(hash)?.holdings ?? []
      standing[hash] = standingOn(incident.chain, hash)
    }
    const levers: Record<string, bigint> = {}
    for (const brake of plan.brakes) {
      const read = brake.lever?.probe.of(reached(attack.head.hash)?.answers ?? { answers: new Map() })
      if (read?.ok) levers[brake.name] = read.value
    }
    const taken = desired(incident.chain)
    const candidates = candidatesFor(plan, incident).filter((name) => !taken.includes(name))
    const question: Question = { id: `q${++questions}-${incident.id}`, incident: incident.id, attack, candidates, standing, before, prices: incident.prices, levers }
    open.set(question.id, { incident, question, outcomes: new Map(), rest, about })
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
    if (comparison.proof === 'unproven' && inquiry.rest.length > 0) return begin(inquiry.incident, inquiry.rest, inquiry.about, at)
    return [finish(inquiry.incident, comparison, inquiry.question, inquiry.about, at)]
  }

  const finish = (incident: Incident, comparison: Comparison, question: Question | undefined, about: readonly string[], at: number): Result => {
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
      standing: desired(incident.chain),
      acting: actsFor(incident.id),
      about,
      count: ++decisions,
      tipToBeat: question?.attack.origin === 'pending' ? (question.attack.txs.at(-1)?.maxTip ?? 0n) : 0n,
    })
    if (decision.verdict === 'pull') pulls.push(...pullsOf(decision))
    return { kind: 'decided', decision, incident: incident.id }
  }

  const actsFor = (incident: string): boolean =>
    world.desires().some((one) => one.incident === incident && (one.status === 'wanted' || one.status === 'holding'))

  return {
    open: (incident, suspects, at) => {
      const fresh = suspects.filter((one) => !settled.has(one.key))
      // Damage that lasts is one reason to act, once; only a new transaction is another.
      const lasting = `${incident.id}|${Object.keys(incident.verdicts).sort().join('+')}`
      if (fresh.length === 0 && (suspects.length > 0 || settled.has(lasting) || actsFor(incident.id))) return []
      const about = fresh.length > 0 ? fresh.map((one) => one.key) : [lasting]
      for (const key of about) settled.add(key)
      for (const key of settled) {
        if (settled.size <= mostSettled) break
        settled.delete(key)
      }
      return begin(incident, fresh, about, at)
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
    foresee: (block, txs, code) => {
      const candidates = [...new Set(plan.rules.flatMap((rule) => (rule.act.kind === 'automatically' ? rule.brakes : [])))]
      const taken = desired(block.chain)
      const question: Question = {
        id: 'foreseen',
        incident: '',
        attack: { origin: 'pending', base: block, head: block, txs, code },
        candidates: candidates.filter((name) => !taken.includes(name)),
        standing: { [block.hash]: standingOn(block.chain, block.hash) },
        before: { [block.hash]: world.reachedAt(block.chain, block.hash)?.holdings ?? [] },
        prices: pricesAt(plan, world.reachedAt(block.chain, block.hash)),
        levers: {},
      }
      return trialsNeeded(plan, question, new Map())
    },
    released: (brake, culprits) => void releases.push({ brake, culprits }),
  }
}

/** Prices of one block: near enough to choose what to simulate early; the decision itself counts at trusted ones. */
function pricesAt(plan: ResolvedPlan, reached: Reached | undefined): Readonly<Record<string, Dollars>> {
  return Object.fromEntries(plan.assets.flatMap((asset, i) => (reached?.prices[i] === undefined ? [] : [[asset.name, reached.prices[i]]])))
}

const pullsOf = (decision: Decision): readonly Pull[] =>
  decision.brakes.map((brake) => ({ decision: decision.id, rule: decision.rule, brake, at: decision.at }))
