// Builds trials: brake calls from their authority, then the attack, on a real next block.
import { extrasOf } from '../base/extras.ts'
import type { BlockRef, Transaction } from '../model/chain.ts'
import type { Brake } from '../model/brake.ts'
import type { Attack, Question, StorageWords, Trial, TrialCall, Way } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { mutationsOf } from './mutations.ts'

/** One way to carry the attack out; compared only with the same form's control run. */
export interface Form {
  readonly name: string
  /** Exactly as seen, or repeated: only these can prove the comparison. */
  readonly original: boolean
  readonly base: BlockRef
  readonly steps: readonly (readonly TrialCall[])[]
  readonly code: Readonly<Record<Address, Hex>>
}

/** Explicit gas of a brake's call in a trial: enough for a wide pause, small against a block. */
const brakeGas = 1_500_000n
/** No pause costs less than this. */
const leastBrakeGas = 150_000n

/** An attack that asks for nearly all of a block leaves the brakes less: a gas limit beyond the real one would tell it that nothing is real. */
function brakeGasBeside(base: BlockRef, gasBeside: bigint, calls: number): bigint {
  if (calls === 0) return brakeGas
  const share = (base.gasLimit - gasBeside) / BigInt(calls)
  return share > brakeGas ? brakeGas : share < leastBrakeGas ? leastBrakeGas : share
}

/** An account that plays "another sender"; the attacker pays it within the trial, nobody is given coins. */
export const stranger: Address = '0x5757575757575757575757575757575757575757'

/** The dearest that the base fee can be `blocks` after `base`: it rises by an eighth at most. */
const feeCeiling = (base: BlockRef, blocks: number): bigint => {
  let fee = base.baseFee
  for (let i = 0; i < blocks; i++) fee += fee / 8n + 1n
  return fee
}

const attackCall = (tx: Transaction, base: BlockRef, step: number): TrialCall => ({
  from: tx.from,
  to: tx.to,
  data: tx.data,
  value: tx.value,
  gas: tx.gas,
  maxFee: tx.maxFee > feeCeiling(base, step) ? tx.maxFee : feeCeiling(base, step),
  // What it pays for gas can be told from inside. The second time round the sender may not be able to pay it again.
  maxTip: step === 1 ? tx.maxTip : 0n,
  nonce: undefined,
  extras: extrasOf(tx),
})

/** The calls of these brakes, as their authority would have them sent. */
function brakeCalls(
  plan: ResolvedPlan,
  ways: Question['ways'],
  names: readonly string[],
  base: BlockRef,
  gasBeside: bigint,
): readonly TrialCall[] {
  const gas = brakeGasBeside(base, gasBeside, brakeCallCount(plan, ways, names))
  return names.flatMap((name) => {
    const brake = plan.brakes.find((one) => one.name === name)
    const authority = plan.authorities.find((one) => one.name === brake?.by[0])
    if (!brake || !authority) return []
    const way = ways?.[name] ?? { from: authority.address, calls: brake.calls }
    return way.calls.map((call, i) => ({
      ...(ways?.[name] ? {} : { ours: { brake: name, call: i } }),
      from: way.from,
      to: call.to,
      data: call.data,
      value: 0n,
      gas,
      maxFee: feeCeiling(base, 1),
      maxTip: 0n,
      nonce: undefined,
    }))
  })
}

/** Every form in which the attack is tried: as seen, again in the following block, repeated at head, and mutated. */
export function formsOf(plan: ResolvedPlan, question: Question): readonly Form[] {
  const { attack } = question
  const forms: Form[] = []
  const last = attack.txs.at(-1)
  if (!last) return forms
  const bases = attack.origin === 'pending' || attack.base.hash === attack.head.hash ? [attack.base] : [attack.head, attack.base]
  for (const base of bases) {
    const where = base === attack.base ? '' : ', at head'
    const first = base === attack.base ? attack.txs : [last]
    forms.push({
      name: `as seen${where}`,
      original: true,
      base,
      steps: [first.map((tx) => attackCall(tx, base, 1))],
      code: {},
    })
    forms.push({
      name: `as seen and again in the following block${where}`,
      original: true,
      base,
      steps: [first.map((tx) => attackCall(tx, base, 1)), [attackCall(last, base, 2)]],
      code: {},
    })
    const families = familiesOf(plan, attack.base.chain)
    const amounts = question.before[base.hash] ?? []
    const largest = amounts.reduce<bigint>((most, amount) => (amount !== undefined && amount > most ? amount : most), 0n)
    for (const mutation of mutationsOf({ ...attack, txs: first }, plan.assets, families, largest, stranger, question.prices)) {
      const calls = mutation.txs.map((tx) => attackCall(tx, base, 1))
      const funded = mutation.form === 'another sender' ? [funding(last, calls, base), ...calls] : calls
      forms.push({ name: `${mutation.form}${where}`, original: false, base, steps: [funded], code: mutation.code })
    }
  }
  return forms
}

/** The sender hands the stranger what it needs, as it could on the real chain. */
function funding(tx: Transaction, calls: readonly TrialCall[], base: BlockRef): TrialCall {
  const needs = calls.reduce((sum, call) => sum + call.value + call.gas * call.maxFee, 0n)
  return { from: tx.from, to: stranger, data: '0x', value: needs, gas: 21_000n, maxFee: feeCeiling(base, 1), maxTip: 0n, nonce: undefined }
}

/** Tokens can stand for one another, and so can the contracts that hold them. */
function familiesOf(plan: ResolvedPlan, chain: string): readonly (readonly { readonly name: string; readonly address: Address }[])[] {
  const tokens = plan.assets.flatMap((asset) => (asset.chain === chain && asset.token ? [{ name: asset.name, address: asset.token }] : []))
  const holders = new Map(plan.holdings.filter((one) => one.chain === chain).map((one) => [one.holder, one.holder]))
  const named = [...holders.keys()].map((address) => ({
    name: plan.contracts.find((one) => one.address === address)?.name ?? address,
    address,
  }))
  return [tokens, named]
}

/** The attack alone, on the state before it: what it takes when nobody acts. */
export function aloneTrial(attack: Attack): Trial {
  const txs = attack.txs.map((tx) => tx.hash).join('+')
  return {
    id: `${attack.base.hash}${guessed(attack.base)}|${txs}|alone`,
    base: attack.base,
    brakes: [],
    form: 'alone',
    steps: [attack.txs.map((tx) => attackCall(tx, attack.base, 1))],
    code: {},
  }
}

/** Trials of one attack on two imagined next blocks are two. */
const guessed = ({ next }: BlockRef): string => (next ? `~${next.prevRandao.slice(2, 10)}` : '')

export const standingAt = (question: Question, base: BlockRef): readonly string[] => question.standing[base.hash] ?? []

/** The same form, brakes and block always give the same id: a trial that was sent early is found again by it. */
export function trialOf(plan: ResolvedPlan, question: Question, form: Form, brakes: readonly string[]): Trial {
  const all = [...standingAt(question, form.base), ...brakes]
  const txs = question.attack.txs.map((tx) => tx.hash).join('+')
  const [first = [], ...rest] = form.steps
  const gasBeside = first.reduce((sum, call) => sum + call.gas, 0n)
  const ways = all.flatMap((name) => question.ways?.[name] ?? [])
  return {
    id: `${form.base.hash}${guessed(form.base)}|${txs}|${form.name}|${all.join('+')}|${Object.keys(form.code).join('+')}${ways.map((way) => `|by ${way.authority}`).join('')}`,
    base: form.base,
    brakes,
    form: form.name,
    steps: [[...brakeCalls(plan, question.ways, all, form.base, gasBeside), ...first], ...rest],
    code: form.code,
    ...(ways.length > 0 ? { storage: togetherIn(ways), lends: ways.find((way) => way.lends)?.from } : {}),
  }
}

/** How many calls of the first step belong to the brakes. */
export function brakeCallCount(plan: ResolvedPlan, ways: Question['ways'], names: readonly string[]): number {
  return names.reduce((count, name) => count + ((ways?.[name] ?? plan.brakes.find((one) => one.name === name))?.calls.length ?? 0), 0)
}

/** The consent that several ways stand for. */
function togetherIn(ways: readonly Way[]): StorageWords {
  const all: Record<Address, Readonly<Record<Hex, Hex>>> = {}
  for (const { storage } of ways)
    for (const [address, words] of Object.entries(storage)) all[address as Address] = { ...all[address as Address], ...words }
  return all
}

export const costOf = (brake: Brake): bigint => (brake.costPerHour * BigInt(brake.lastsMs)) / 3_600_000n
