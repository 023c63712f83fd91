// The two sides of a backing as a plan writes them, and what each amounts to in one exact unit, whatever its decimals.
import type { Answers, Probe, Read } from '../model/call.ts'
import type { Scope } from '../model/detector.ts'
import type { Fault } from '../model/errors.ts'
import type { Address } from '../model/hex.ts'
import type { Elsewhere } from '../model/moment.ts'
import { readText } from './options.ts'
import type { At } from './options.ts'
import { wholeOf } from './reads.ts'
import type { Unreadable } from './reads.ts'

/** How much of the backing asset one whole unit stands for. */
export interface Rate {
  readonly read: Read<bigint>
  readonly decimals: number
}

/** A part of the supply or of the reserves; parts of one side add up. */
export type Part =
  /** Any amount that can be read. */
  | { readonly read: Read<bigint>; readonly decimals: number; readonly rate?: Rate }
  /** What a contract holds of an asset of the plan. */
  | { readonly asset: string; readonly heldBy: At; readonly rate?: Rate }

export interface Counted {
  readonly chain: string
  /** The token or the holder: what a transaction has to touch to change it. */
  readonly about: Address
  /** Where Transfer events of this part come from. */
  readonly token: Address | undefined
  readonly amount: Probe<bigint>
  readonly rate: Probe<bigint> | undefined
  /** The unit of the sum has this many decimals more than the part. */
  readonly shift: bigint
}

/** Decimals of the sums: whatever part and rate have, nothing is rounded. */
export const exact = 72
const mostDecimals = 36

export function partText(part: Part): string {
  const what =
    'read' in part ? `${readText(part.read)} /10^${part.decimals}` : `${part.asset} at ${part.heldBy.chain}:${part.heldBy.address}`
  return part.rate ? `${what} × ${readText(part.rate.read)} /10^${part.rate.decimals}` : what
}

export function countedOf(scope: Scope, faults: Fault[], path: string, part: Part): Counted | undefined {
  const rate = part.rate
  if (rate) checkDecimals(faults, `${path}.rate.decimals`, rate.decimals)
  const rateProbe = rate && scope.read(rate.read)
  if ('read' in part) {
    checkDecimals(faults, `${path}.decimals`, part.decimals)
    checkChain(faults, path, part.read.chain, rate)
    const { to, chain } = part.read
    return { chain, about: to, token: to, amount: scope.read(part.read), rate: rateProbe, shift: shiftOf(part.decimals, rate) }
  }
  const asset = scope.asset(part.asset)
  if (!asset) {
    faults.push({ path: `${path}.asset`, wrong: `the plan has no asset '${part.asset}'`, mend: 'name it under `assets`, or give a `read`' })
    return undefined
  }
  if (asset.chain !== part.heldBy.chain) {
    const wrong = `'${asset.name}' is on ${asset.chain}, its holder on ${part.heldBy.chain}`
    faults.push({ path: `${path}.heldBy`, wrong, mend: 'name a holder on the same chain as the asset' })
    return undefined
  }
  checkChain(faults, path, asset.chain, rate)
  const about = part.heldBy.address
  const amount = scope.balance(asset, about)
  return { chain: asset.chain, about, token: asset.token, amount, rate: rateProbe, shift: shiftOf(asset.decimals, rate) }
}

/** Wrong decimals are a fault already; with them the number only has to be one. */
function shiftOf(decimals: number, rate: Rate | undefined): bigint {
  const places = exact - decimals - (rate?.decimals ?? 0)
  return Number.isInteger(places) && places > 0 ? 10n ** BigInt(places) : 1n
}

function checkDecimals(faults: Fault[], path: string, decimals: number): void {
  if (Number.isInteger(decimals) && decimals >= 0 && decimals <= mostDecimals) return
  faults.push({ path, wrong: `${decimals} is not a number of decimals`, mend: `write a whole number from 0 to ${mostDecimals}` })
}

function checkChain(faults: Fault[], path: string, chain: string, rate: Rate | undefined): void {
  if (!rate || rate.read.chain === chain) return
  const wrong = `the rate is on ${rate.read.chain}, what it values on ${chain}`
  faults.push({ path: `${path}.rate.read`, wrong, mend: 'read both on one chain' })
}

export interface Side {
  readonly sum: bigint
  readonly unreadable: readonly Unreadable[]
}

/** What the parts add up to, each read where its chain says; parts of a chain that is not known yet make the answer undefined. */
export function sumOf(
  parts: readonly Counted[],
  home: string,
  here: Answers,
  elsewhere: ReadonlyMap<string, Elsewhere> | undefined,
): Side | undefined {
  let sum = 0n
  const unreadable: Unreadable[] = []
  const value = (probe: Probe<bigint>, at: Answers): bigint | undefined => {
    const decoded = probe.of(at)
    const whole = decoded.ok ? wholeOf(decoded.value) : undefined
    if (whole === undefined) unreadable.push({ label: probe.label, why: decoded.ok ? 'the answer is not a number' : decoded.why })
    return whole
  }
  for (const part of parts) {
    const at = part.chain === home ? here : elsewhere?.get(part.chain)
    // A chain that has not been heard of since the start is no read that fails.
    if (!at?.answers.has(part.amount.key)) return undefined
    const amount = value(part.amount, at)
    const rate = part.rate ? value(part.rate, at) : 1n
    if (amount !== undefined && rate !== undefined) sum += amount * rate * part.shift
  }
  return { sum, unreadable }
}
