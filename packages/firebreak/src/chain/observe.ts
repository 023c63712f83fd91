// A block as a moment: the block, its logs and every read in one batch, and the call trees that a detector wants in one more.
import type { LogProbe } from '../model/call.ts'
import type { CallFrame, Log } from '../model/chain.ts'
import type { Needs } from '../model/detector.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { BlockMoment, Touched } from '../model/moment.ts'
import { checksummed } from './codec/checksum.ts'
import { sortLogs } from './codec/event-probe.ts'
import { fields, parseHeader, parseLog, parseTrace, parseTransaction } from './parse.ts'
import { decodeReadsAtBlock, readsAtBlock } from './reader/reader.ts'
import { MalformedAnswer, resultOf, RpcError, type Rpc } from './transport/rpc.ts'

const transferTopic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
/** Everybody else waits for the call trees: a node that is slow with them is not waited for. */
const tracesMs = 1_500
/** More transactions than this are cheaper as one trace of the whole block, which a node runs once instead of once for each. */
const singlesAtMost = 4

/** A longer list of addresses costs more to send and to filter by than the rest of one block's logs. */
const mostEmitters = 500

/** Words of nodes that no longer (or not yet) know a block. */
export const unknownBlock = /not found|unknown block|header not found|missing trie|block.*unavailable|could not find block|BlockNotFound/i

export interface Observation {
  readonly hash: Hex
  readonly needs: Needs
  readonly watched: ReadonlySet<Address>
  /** Whether the node has the call tracer. */
  readonly traces: boolean
  readonly onTrouble: (what: string) => void
}

/** Undefined when the node does not know the hash (any more). */
export async function observeBlock(
  rpc: Pick<Rpc, 'batch'>,
  chain: string,
  { hash, needs, watched, traces, onTrouble }: Observation,
): Promise<BlockMoment | undefined> {
  const emitters = emittersOf(watched, needs.logs)
  const calls = [
    { method: 'eth_getBlockByHash', params: [hash, true] },
    { method: 'eth_getLogs', params: [{ blockHash: hash, ...(emitters.size > mostEmitters ? {} : { address: [...emitters] }) }] },
    ...readsAtBlock(needs.reads, hash),
  ]
  const [block, logs, ...reads] = await rpc.batch(calls)
  const raw = resultOf(block)
  if (raw === null) return undefined
  for (const part of [logs, ...reads])
    if (part && !part.ok && part.error instanceof RpcError && unknownBlock.test(part.error.said)) return undefined
  const found = resultOf(logs)
  if (!Array.isArray(found)) throw new MalformedAnswer(chain, 'logs are not a list')
  const parsed = found.map((log) => parseLog(log, chain)).filter((log) => emitters.has(log.address))
  const answers = decodeReadsAtBlock(needs.reads, reads.map(resultOf), chain)
  const touched = touchedIn(fields(raw, chain, 'a block')['transactions'], parsed, watched, chain)
  return {
    kind: 'block',
    chain,
    block: parseHeader(raw, chain),
    answers,
    logs: sortLogs(needs.logs, parsed),
    touched: traces && needs.frames ? await withFrames(rpc, chain, hash, touched, needs.frames, onTrouble) : touched,
  }
}

const emittersByLogs = new WeakMap<
  readonly LogProbe[],
  { readonly watched: ReadonlySet<Address>; readonly emitters: ReadonlySet<Address> }
>()

/** Whoever's logs are wanted; the same lists of wants come with every moment. */
function emittersOf(watched: ReadonlySet<Address>, logs: readonly LogProbe[]): ReadonlySet<Address> {
  const known = emittersByLogs.get(logs)
  if (known?.watched === watched) return known.emitters
  const emitters = new Set([...watched, ...logs.map((log) => log.address)])
  emittersByLogs.set(logs, { watched, emitters })
  return emitters
}

/** Transactions that called or made one of ours emit; only these are parsed whole. */
function touchedIn(raw: unknown, logs: readonly Log[], watched: ReadonlySet<Address>, chain: string): readonly Touched[] {
  if (!Array.isArray(raw)) return []
  const emitted = new Map<Hex, Set<Address>>()
  const note = (tx: Hex, address: Address): void => void emitted.set(tx, (emitted.get(tx) ?? new Set()).add(address))
  for (const log of logs) {
    if (watched.has(log.address)) note(log.tx, log.address)
    if (log.topics[0] !== transferTopic) continue
    for (const topic of log.topics.slice(1, 3)) {
      const party = checksummed(`0x${topic.slice(26)}`)
      if (party && watched.has(party)) note(log.tx, party)
    }
  }
  const all = raw.map((tx) => fields(tx, chain, 'a transaction'))
  return all.flatMap((tx, i) => {
    const to = typeof tx['to'] === 'string' ? checksummed(tx['to']) : undefined
    const touches = new Set(emitted.get(tx['hash'] as Hex))
    if (to && watched.has(to)) touches.add(to)
    if (touches.size === 0) return []
    const queue = all.slice(0, i).filter((earlier) => earlier['from'] === tx['from'])
    return [{ tx: parseTransaction(tx, chain), queue: queue.map((one) => parseTransaction(one, chain)), touches: [...touches] }]
  })
}

/** Call trees of those that touched a wanted contract. Without them the block is judged all the same. */
async function withFrames(
  rpc: Pick<Rpc, 'batch'>,
  chain: string,
  block: Hex,
  touched: readonly Touched[],
  wanted: readonly Address[],
  onTrouble: (what: string) => void,
): Promise<readonly Touched[]> {
  const hashes = touched.filter((one) => one.touches.some((address) => wanted.includes(address))).map((one) => one.tx.hash)
  if (hashes.length === 0) return touched
  const frames = await callTrees(rpc, chain, block, hashes, (error) =>
    onTrouble(`call trees of block ${block.slice(0, 10)} could not be read: ${error instanceof Error ? error.message : String(error)}`),
  )
  return touched.map((one) => {
    const its = frames.get(one.tx.hash)
    return its ? { ...one, frames: its } : one
  })
}

/** By transaction; each that could not be had is left out alone, so that nobody's tree hides another's. */
async function callTrees(
  rpc: Pick<Rpc, 'batch'>,
  chain: string,
  block: Hex,
  hashes: readonly Hex[],
  failed: (error: unknown) => void,
): Promise<ReadonlyMap<Hex, readonly CallFrame[]>> {
  const tracer = { tracer: 'callTracer' }
  const whole = hashes.length > singlesAtMost
  const calls = whole
    ? [{ method: 'debug_traceBlockByHash', params: [block, tracer] }]
    : hashes.map((hash) => ({ method: 'debug_traceTransaction', params: [hash, tracer] }))
  const answers = await rpc.batch(calls, { timeoutMs: tracesMs })
  const frames = new Map<Hex, readonly CallFrame[]>()
  const keep = (hash: Hex, trace: () => unknown): void => {
    try {
      frames.set(hash, parseTrace(trace(), chain).frames)
    } catch (error) {
      failed(error)
    }
  }
  if (!whole) hashes.forEach((hash, i) => keep(hash, () => resultOf(answers[i])))
  else {
    try {
      const traces = tracesOf(resultOf(answers[0]), chain)
      for (const hash of hashes) keep(hash, () => traces.get(hash))
    } catch (error) {
      failed(error)
    }
  }
  return frames
}

/** A transaction that a node could not trace has an error in place of its result. */
function tracesOf(answer: unknown, chain: string): ReadonlyMap<unknown, unknown> {
  if (!Array.isArray(answer)) throw new MalformedAnswer(chain, 'the call trees of a block are not a list')
  return new Map(
    answer.map((one: unknown) => {
      const { txHash, result } = fields(one, chain, 'the call tree of a transaction')
      return [txHash, result] as const
    }),
  )
}
