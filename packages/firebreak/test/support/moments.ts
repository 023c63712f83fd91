// Test support: a scope with the real codec, and moments made of plain values.
import type { AbiEvent } from 'abitype'
import { slotProbe } from '../../src/base/slot-probe.ts'
import { balanceProbe } from '../../src/chain/codec/balance-read.ts'
import { encodeRead } from '../../src/chain/codec/encode-read.ts'
import { encodeWrite } from '../../src/chain/codec/encode-write.ts'
import { encodeEvent } from '../../src/chain/codec/event-probe.ts'
import type { Probe, Read } from '../../src/model/call.ts'
import type { Answer, BlockRef, CallFrame, Log, Transaction } from '../../src/model/chain.ts'
import type { Detector, Finding, Scope, Watch } from '../../src/model/detector.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import type { BlockMoment, Moment, PendingMoment, TickMoment } from '../../src/model/moment.ts'
import type { Asset } from '../../src/model/money.ts'

export const chain = 'test'

/** An address of digits only, so that its checksum is itself. */
export const someone = (n: number): Address => `0x${n.toString(10).padStart(40, '0')}`
export const txHash = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
export const at = (address: Address) => ({ address, chain })

export function uintRead(to: Address, name: string, type = 'uint256'): Read<bigint> {
  return { kind: 'read', chain, to, fn: { type: 'function', name, stateMutability: 'view', inputs: [], outputs: [{ type }] }, args: [] }
}

export function token(name: string, address: Address | undefined, decimals = 18): Asset {
  return { name, chain, token: address, decimals, price: { kind: 'fixed', dollars: 10n ** 18n } }
}

const transfer: AbiEvent = {
  type: 'event',
  name: 'Transfer',
  inputs: [
    { name: 'from', type: 'address', indexed: true },
    { name: 'to', type: 'address', indexed: true },
    { name: 'value', type: 'uint256' },
  ],
}

export function scopeOf(assets: readonly Asset[] = [], names: Readonly<Record<Address, string>> = {}): Scope {
  const nameOf = (address: Address): string => names[address] ?? address
  return {
    read: (read) => encodeRead(read, nameOf),
    write: (write) => encodeWrite(write, nameOf),
    event: encodeEvent,
    slot: slotProbe,
    asset: (nameOrToken) => assets.find((one) => one.name === nameOrToken || one.token === nameOrToken),
    holdings: () => [],
    balance: (asset, holder) => balanceProbe(asset, holder, nameOf),
    // The decoder is compiled from the event above, which is what the type says.
    transfers: (asset) =>
      encodeEvent({ kind: 'event', chain, address: asset.token ?? someone(0), event: transfer }) as unknown as ReturnType<
        Scope['transfers']
      >,
    nameOf,
  }
}

/** The detector, or an error that lists the faults. */
export function built(watch: Watch, scope: Scope): Detector {
  const detector = watch.build(scope)
  if ('step' in detector) return detector
  throw new Error(detector.map((fault) => `${fault.path}: ${fault.wrong}`).join('\n'))
}

/** The paths of the faults; none when the watch is right. */
export function faultPaths(watch: Watch, scope: Scope): readonly string[] {
  const detector = watch.build(scope)
  return 'step' in detector ? [] : detector.map((fault) => fault.path)
}

export const word = (value: bigint): string => BigInt.asUintN(256, value).toString(16).padStart(64, '0')
/** One value or several as the node would answer; 'reverts' is a read that fails. */
export type Told = bigint | readonly bigint[] | 'reverts'

function answers(told: readonly (readonly [Probe, Told])[]): ReadonlyMap<string, Answer> {
  return new Map(
    told.map(([probe, value]): readonly [string, Answer] => {
      if (value === 'reverts') return [probe.key, { ok: false, data: '0x' }]
      const words: readonly bigint[] = typeof value === 'bigint' ? [value] : value
      return [probe.key, { ok: true, data: `0x${words.map(word).join('')}` }]
    }),
  )
}

export function blockRef(timestamp: number, number = BigInt(timestamp), branch = 0): BlockRef {
  const hash = (n: bigint): Hex => `0x${(n * 16n + BigInt(branch)).toString(16).padStart(64, '0')}`
  return {
    chain,
    number,
    hash: hash(number),
    parent: hash(number - 1n),
    timestamp: BigInt(timestamp),
    baseFee: 0n,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    feeRecipient: someone(0),
    prevRandao: txHash(0),
  }
}

export function transaction(n: number, from = someone(900), to: Address | undefined = someone(901)): Transaction {
  return {
    hash: txHash(n),
    from,
    to,
    nonce: 0n,
    data: '0x',
    value: 0n,
    gas: 0n,
    maxFee: 0n,
    maxTip: 0n,
    signature: undefined,
    envelope: {},
  }
}

interface Around {
  readonly at?: number
  readonly logs?: ReadonlyMap<string, readonly Log[]>
  readonly touches?: readonly Address[]
}

export function block(told: readonly (readonly [Probe, Told])[], around: Around & { readonly txs?: readonly number[] } = {}): BlockMoment {
  const touched = (around.txs ?? []).map((n) => ({ tx: transaction(n), queue: [], touches: around.touches ?? [] }))
  return { kind: 'block', chain, block: blockRef(around.at ?? 1_000_000), answers: answers(told), logs: around.logs ?? new Map(), touched }
}

export function pending(
  told: readonly (readonly [Probe, Told])[],
  around: Around & { readonly tx?: number; readonly reverted?: boolean; readonly frames?: readonly CallFrame[] } = {},
): PendingMoment {
  return {
    kind: 'pending',
    chain,
    block: blockRef(around.at ?? 1_000_000),
    answers: answers(told),
    logs: around.logs ?? new Map(),
    tx: transaction(around.tx ?? 1),
    queue: [],
    includable: { ok: true },
    reverted: around.reverted ?? false,
    frames: around.frames ?? [],
    touches: around.touches ?? [],
  }
}

export function tick(headAge: number, pendingAge: number): TickMoment {
  return { kind: 'tick', chain, block: blockRef(1_000_000), answers: new Map(), logs: new Map(), headAge, pendingAge }
}

export function transferLog(asset: Address, from: Address, to: Address, value: bigint, tx: number): Log {
  const topic = (address: Address): Hex => `0x${address.slice(2).padStart(64, '0')}`
  return {
    address: asset,
    topics: ['0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef', topic(from), topic(to)],
    data: `0x${word(value)}`,
    tx: txHash(tx),
  }
}

/** A detector with its state, as the engine would hold it: blocks move it on, everything else does not. */
export function follow(detector: Detector): { readonly see: (moment: Moment) => readonly Finding[]; readonly state: () => unknown } {
  let state = detector.start
  return {
    see: (moment) => {
      const result = detector.step(state, moment)
      if (moment.kind === 'block') state = result.state
      return result.findings
    },
    state: () => state,
  }
}
