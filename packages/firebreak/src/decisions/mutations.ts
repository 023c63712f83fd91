// Rewrites an attack into the forms that its author could switch to: another asset, another amount, another sender.
import type { Transaction } from '../model/chain.ts'
import type { Attack } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Asset, Dollars } from '../model/money.ts'
import { wordsWithin } from './words-within.ts'

export interface Mutation {
  readonly form: string
  readonly txs: readonly Transaction[]
  readonly code: Readonly<Record<Address, Hex>>
}

/** More than this many forms cost more time on the hot path than they tell. */
const mostForms = 10

const bare = (address: Address): string => address.slice(2).toLowerCase()

/** Replaces the words that hold an address, also in calls within the call: wallets and multicalls carry the attack inside. */
function rewrite(data: Hex, from: string, to: string, deploys: boolean): Hex {
  const text = data.toLowerCase()
  if (deploys) return text.replaceAll(from, to) as Hex
  return wordsWithin(text).reduce((now, { at, word }) => {
    const holds = word === from.padStart(64, '0')
    return holds ? `${now.slice(0, at)}${to.padStart(64, '0')}${now.slice(at + 64)}` : now
  }, text) as Hex
}

const push20 = (code: Hex, from: string, to: string): Hex => code.toLowerCase().replaceAll(`73${from}`, `73${to}`) as Hex

function withLast(txs: readonly Transaction[], change: (tx: Transaction) => Transaction): readonly Transaction[] {
  return txs.map((tx, i) => (i === txs.length - 1 ? change(tx) : tx))
}

/** The attack with one of the plan's addresses put in place of another, in calldata and in the attacker's own code. */
function swapped(
  attack: Attack,
  from: Address,
  to: Address,
): { readonly txs: readonly Transaction[]; readonly code: Record<Address, Hex> } | undefined {
  const [a, b] = [bare(from), bare(to)]
  let changed = false
  const txs = attack.txs.map((tx) => {
    const data = rewrite(tx.data, a, b, tx.to === undefined)
    if (data === tx.data.toLowerCase()) return tx
    changed = true
    return { ...tx, data }
  })
  const code: Record<Address, Hex> = {}
  for (const [address, bytes] of Object.entries(attack.code) as [Address, Hex][]) {
    const rewritten = push20(bytes, a, b)
    if (rewritten === bytes.toLowerCase()) continue
    changed = true
    code[address] = rewritten
  }
  return changed ? { txs, code } : undefined
}

/** Words that look like an amount: not an address of the plan, not a small number, within a hundred times what is at stake. */
function amountWords(data: Hex, most: bigint): readonly string[] {
  const words = wordsWithin(data.toLowerCase()).filter(({ word }) => {
    const value = BigInt(`0x${word}`)
    return value > 1_000n && value <= most * 100n
  })
  return [...new Set(words.map((one) => one.word))].slice(0, 2)
}

function scaled(attack: Attack, word: string, times: (amount: bigint) => bigint): readonly Transaction[] {
  const to = times(BigInt(`0x${word}`))
    .toString(16)
    .padStart(64, '0')
  return withLast(attack.txs, (tx) => {
    const text = tx.data.toLowerCase()
    const places = wordsWithin(text).filter((one) => one.word === word)
    return { ...tx, data: places.reduce((now, { at }) => `${now.slice(0, at)}${to}${now.slice(at + 64)}`, text) as Hex }
  })
}

/**
 * Families are groups of addresses that can stand for one another: the assets' tokens, and the contracts that hold them.
 * `largest` is the largest balance at stake, `stranger` the account that plays another sender.
 */
export function mutationsOf(
  attack: Attack,
  assets: readonly Asset[],
  families: readonly (readonly { readonly name: string; readonly address: Address }[])[],
  largest: bigint,
  stranger: Address,
  prices: Readonly<Record<string, Dollars>>,
): readonly Mutation[] {
  const found: Mutation[] = []
  for (const family of families)
    for (const from of family)
      for (const to of family) {
        if (from.address === to.address) continue
        const swap = swapped(attack, from.address, to.address)
        if (!swap) continue
        found.push({ form: `${to.name} instead of ${from.name}`, ...swap })
        found.push(
          ...forTheSameWorth({ ...attack, txs: swap.txs }, from.name, to.name, { assets, prices, largest }).map((one) => ({
            ...one,
            code: swap.code,
          })),
        )
      }
  const last = attack.txs.at(-1)
  if (last?.to !== undefined)
    for (const word of amountWords(last.data, largest)) {
      found.push({ form: `a tenth of ${BigInt(`0x${word}`)}`, txs: scaled(attack, word, (amount) => amount / 10n), code: {} })
      found.push({ form: `ten times ${BigInt(`0x${word}`)}`, txs: scaled(attack, word, (amount) => amount * 10n), code: {} })
    }
  const sender = last?.from
  if (sender) {
    const own = swapped(attack, sender, stranger)
    found.push({
      form: 'another sender',
      txs: (own?.txs ?? attack.txs).map((tx) => (tx.from === sender ? { ...tx, from: stranger } : tx)),
      code: own?.code ?? {},
    })
  }
  return spread(found, assets.length).slice(0, mostForms)
}

interface Stakes {
  readonly assets: readonly Asset[]
  readonly prices: Readonly<Record<string, Dollars>>
  readonly largest: bigint
}

/** Another asset has other decimals and another price: the amount that its thief would ask for is the one of equal worth. */
function forTheSameWorth(
  attack: Attack,
  fromName: string,
  toName: string,
  { assets, prices, largest }: Stakes,
): readonly Omit<Mutation, 'code'>[] {
  const from = assets.find((asset) => asset.name === fromName)
  const to = assets.find((asset) => asset.name === toName)
  const [was, is] = [prices[fromName], prices[toName]]
  const last = attack.txs.at(-1)
  if (!from || !to || !was || !is || last?.to === undefined) return []
  return amountWords(last.data, largest).flatMap((word) => {
    const worth = (amount: bigint): bigint => (amount * was * 10n ** BigInt(to.decimals)) / (is * 10n ** BigInt(from.decimals))
    const amount = worth(BigInt(`0x${word}`))
    if (amount === BigInt(`0x${word}`) || amount === 0n) return []
    return [{ form: `${toName} instead of ${fromName}, ${amount} of it`, txs: scaled(attack, word, worth) }]
  })
}

/** Keeps one form of each kind before a second of any, so that the cap cuts repetitions and not kinds. */
function spread(mutations: readonly Mutation[], assets: number): readonly Mutation[] {
  const kinds = new Map<string, Mutation[]>()
  for (const mutation of mutations) {
    const kind = mutation.form.includes(' instead of ') ? `to ${mutation.form.split(' instead of ')[0]}` : mutation.form
    kinds.set(kind, [...(kinds.get(kind) ?? []), mutation])
  }
  const rounds: Mutation[] = []
  for (let round = 0; round < Math.max(assets, 1); round++)
    for (const kind of kinds.values()) if (kind[round]) rounds.push(kind[round] as Mutation)
  return rounds
}
