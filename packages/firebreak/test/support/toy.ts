// Test support: a toy plan, a toy attack, and a toy chain that answers trials; no node, no ABI.
import { compare, trialsNeeded } from '../../src/decisions/compare.ts'
import type { Brake } from '../../src/model/brake.ts'
import type { Answers, Probe } from '../../src/model/call.ts'
import type { Answer, Transaction } from '../../src/model/chain.ts'
import type { Comparison, Question, Trial, TrialOutcome } from '../../src/model/decision.ts'
import type { Address } from '../../src/model/hex.ts'
import type { Asset, Dollars, Holding } from '../../src/model/money.ts'
import type { ResolvedPlan } from '../../src/model/plan.ts'
import { blockRef, chain, someone, transaction, word } from './moments.ts'

export const dollar = 10n ** 18n
export const pool = someone(1)
const guardian = someone(50)
export const usdcToken = someone(100)
export const wethToken = someone(200)
const attackerContract = someone(901)

/** A read of one number, found by its key. */
export function probe(key: string): Probe<bigint> {
  return {
    key,
    to: pool,
    data: '0x',
    label: key,
    of: ({ answers }) => {
      const answer = answers.get(key)
      return answer?.ok ? { ok: true, value: BigInt(answer.data) } : { ok: false, why: 'no answer' }
    },
  }
}

export function told(values: Readonly<Record<string, bigint | undefined>>): Answers {
  const answers = new Map<string, Answer>()
  for (const [key, value] of Object.entries(values))
    answers.set(key, value === undefined ? { ok: false, data: '0x' } : { ok: true, data: `0x${word(value)}` })
  return { answers }
}

/** A token whose smallest unit is one millionth, at a fixed price of one dollar. */
export function coin(name: string, token: Address, price: Asset['price'] = { kind: 'fixed', dollars: dollar }): Asset {
  return { name, chain, token, decimals: 6, price }
}

export function held(asset: string, holder: Address = pool): Holding {
  return { asset, chain, holder, balance: probe(`${asset} of ${holder}`) }
}

/** Its call's data is its name, so that the toy chain sees in a trial which brakes are pulled. */
export function brake(name: string, more: Partial<Brake> = {}): Brake {
  return {
    name,
    chain,
    calls: [{ to: pool, data: `0x${Buffer.from(name).toString('hex')}`, label: name }],
    holds: { probe: probe(`${name} holds`), wanted: { kind: 'is', value: 1n } },
    undo: [],
    by: ['guardian'],
    costPerHour: 100n * dollar,
    lastsMs: 3_600_000,
    owner: 'risk-team',
    atMostPulls: 3,
    lever: undefined,
    ...more,
  }
}

export function toyPlan(more: Partial<ResolvedPlan> = {}): ResolvedPlan {
  const brakes = more.brakes ?? [brake('narrow'), brake('wide', { costPerHour: 900n * dollar })]
  return {
    name: 'toy',
    hash: '0x01',
    chains: [
      {
        name: chain,
        id: 1,
        endpoints: [{ url: { kind: 'env', name: 'NODE' }, operator: 'ours' }],
        agreement: { aloneAfterMs: 300, aloneUpTo: 100_000n * 10n ** 18n },
        profile: { mempool: 'public', sequencer: undefined },
        finality: 64,
      },
    ],
    contracts: [{ name: 'pool', chain, address: pool }],
    assets: [coin('usdc', usdcToken), coin('weth', wethToken)],
    holdings: [held('usdc'), held('weth')],
    watches: [],
    authorities: [{ kind: 'key', name: 'guardian', chain, address: guardian, signer: { kind: 'env', name: 'KEY' } }],
    brakes,
    rules: [
      {
        watches: ['drain'],
        brakes: brakes.map((one) => one.name),
        act: { kind: 'automatically', atMost: { count: 2, perMs: 86_400_000 }, coolDownMs: 600_000 },
      },
    ],
    canonical: '',
    ...more,
    bounds: {
      tolerates: 0n,
      untested: 'report',
      priceWindowBlocks: 100,
      feeShareBps: 1_000,
      feeReserveWei: 0n,
      quietMs: 600_000,
      ...more.bounds,
    },
  }
}

/** Takes usdc from the pool: the token and the amount are words of its calldata. */
export function attackTx(n = 1, more: Partial<Transaction> = {}): Transaction {
  const data: `0x${string}` = `0x12345678${usdcToken.slice(2).padStart(64, '0')}${word(600_000n)}`
  return { ...transaction(n, someone(900), attackerContract), data, gas: 500_000n, maxFee: 10n ** 10n, maxTip: 10n ** 9n, ...more }
}

/** A pending attack on a pool of one million of each asset. */
export function toyQuestion(plan: ResolvedPlan, more: Partial<Question> = {}): Question {
  const base = blockRef(1_000)
  const question: Question = {
    id: 'q1',
    incident: 'inc-1',
    attack: { origin: 'pending', base, head: base, txs: [attackTx()], code: {} },
    candidates: plan.brakes.map((one) => one.name),
    standing: {},
    before: {},
    prices: Object.fromEntries(plan.assets.map((one) => [one.name, dollar])),
    levers: {},
    ...more,
  }
  const before =
    more.before ??
    Object.fromEntries([question.attack.base, question.attack.head].map((one) => [one.hash, plan.holdings.map(() => 1_000_000n)]))
  return { ...question, before }
}

/** How much of each holding is gone after each step of a trial, in whole units; or what the trial fails with. */
export type World = (form: string, pulled: readonly string[], trial: Trial) => readonly (readonly bigint[])[] | string

/** The outcome of a trial in which every brake's call succeeds and brings about what it says. */
export function outcomeOf(plan: ResolvedPlan, question: Question, trial: Trial, world: World): TrialOutcome {
  const names = new Map(plan.brakes.map((one) => [one.calls[0]?.data, one.name]))
  const pulled = (trial.steps[0] ?? []).flatMap((call) => (call.from === guardian ? (names.get(call.data) ?? []) : []))
  const lost = world(trial.form, pulled, trial)
  if (typeof lost === 'string') return { ok: false, why: lost }
  const before = question.before[trial.base.hash] ?? []
  return {
    ok: true,
    steps: trial.steps.map((calls, i) => ({
      calls: calls.map(() => ({ ok: true, gasUsed: 50_000n, why: '' })),
      answers: told({
        ...Object.fromEntries(
          plan.holdings.map((one, k) => [one.balance.key, (before[k] ?? 0n) - (lost[i]?.[k] ?? lost.at(-1)?.[k] ?? 0n)]),
        ),
        ...Object.fromEntries(plan.brakes.map((one) => [one.holds.probe.key, pulled.includes(one.name) ? 1n : 0n])),
      }).answers,
    })),
  }
}

/** The whole conversation between a decision and the chain. */
export function decide(
  plan: ResolvedPlan,
  question: Question,
  world: World,
  change: (trial: Trial, outcome: TrialOutcome) => TrialOutcome = (_, outcome) => outcome,
): { readonly comparison: Comparison; readonly asked: readonly Trial[]; readonly rounds: number } {
  const outcomes = new Map<string, TrialOutcome>()
  const asked: Trial[] = []
  for (let rounds = 0; ; rounds++) {
    const trials = trialsNeeded(plan, question, outcomes)
    if (trials.length === 0) return { comparison: compare(plan, question, outcomes), asked, rounds }
    asked.push(...trials)
    for (const trial of trials) outcomes.set(trial.id, change(trial, outcomeOf(plan, question, trial, world)))
    if (rounds > 200) throw new Error('the questions never end')
  }
}

/** Dollars of so many of an asset's smallest units, at a dollar a token. */
export const worth = (amount: bigint): Dollars => amount * 10n ** 12n

/** For what a test knows to be there. */
export function sure<item>(value: item | undefined): item {
  if (value === undefined) throw new Error('it is not there')
  return value
}
