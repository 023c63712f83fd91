// From a node's answers to our nouns: nothing of it is believed to have the right shape.
import type { BlockRef, CallFrame, Log, Transaction } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Mined } from '../stages.ts'
import { checksummed } from './codec/checksum.ts'
import { MalformedAnswer } from './transport/rpc.ts'

type Fields = Readonly<Record<string, unknown>>

const zeroHash: Hex = `0x${'0'.repeat(64)}`
const zeroAddress: Address = `0x${'0'.repeat(40)}`

export function fields(value: unknown, label: string, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MalformedAnswer(label, `${what} is not an object`)
  return value as Fields
}

const isHex = (value: unknown): value is Hex => typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value)

export function hexOf(value: unknown, label: string, what: string): Hex {
  if (!isHex(value)) throw new MalformedAnswer(label, `${what} is not hex`)
  return value
}

export function quantity(value: unknown, label: string, what: string): bigint {
  if (!isHex(value) || value.length < 3) throw new MalformedAnswer(label, `${what} is not a number`)
  return BigInt(value)
}

function addressOf(value: unknown, label: string, what: string): Address {
  const address = typeof value === 'string' ? checksummed(value) : undefined
  if (!address) throw new MalformedAnswer(label, `${what} is not an address`)
  return address
}

/** A chain without EIP-1559 has no base fee: nothing is burned there. */
export function parseHeader(value: unknown, chain: string): BlockRef {
  const block = fields(value, chain, 'a block')
  return {
    chain,
    number: quantity(block['number'], chain, 'a block number'),
    hash: hexOf(block['hash'], chain, 'a block hash'),
    parent: hexOf(block['parentHash'], chain, 'a parent hash'),
    timestamp: quantity(block['timestamp'], chain, 'a block time'),
    baseFee:
      block['baseFeePerGas'] === undefined || block['baseFeePerGas'] === null ? 0n : quantity(block['baseFeePerGas'], chain, 'a base fee'),
    gasLimit: quantity(block['gasLimit'], chain, 'a gas limit'),
    gasUsed: quantity(block['gasUsed'], chain, 'gas used'),
    feeRecipient: block['miner'] === undefined ? zeroAddress : addressOf(block['miner'], chain, 'a fee recipient'),
    prevRandao: isHex(block['mixHash']) ? block['mixHash'] : zeroHash,
  }
}

/** Gas fields of every envelope type in one form: legacy transactions pay their price as fee and tip. */
export function parseTransaction(value: unknown, chain: string): Transaction {
  const tx = fields(value, chain, 'a transaction')
  const price = tx['maxFeePerGas'] ?? tx['gasPrice']
  const tip = tx['maxPriorityFeePerGas'] ?? tx['gasPrice']
  const { r, s } = tx
  const parity = tx['yParity'] ?? tx['v']
  return {
    hash: hexOf(tx['hash'], chain, 'a transaction hash'),
    from: addressOf(tx['from'], chain, 'a sender'),
    to: tx['to'] === null || tx['to'] === undefined ? undefined : addressOf(tx['to'], chain, 'a recipient'),
    nonce: quantity(tx['nonce'], chain, 'a nonce'),
    data: hexOf(tx['input'] ?? tx['data'] ?? '0x', chain, 'calldata'),
    value: quantity(tx['value'] ?? '0x0', chain, 'a value'),
    gas: quantity(tx['gas'], chain, 'a gas limit'),
    maxFee: quantity(price ?? '0x0', chain, 'a fee'),
    maxTip: quantity(tip ?? '0x0', chain, 'a tip'),
    signature: isHex(r) && isHex(s) && isHex(parity) ? { r, s, yParity: Number(BigInt(parity)) } : undefined,
    envelope: tx,
  }
}

export function parseLog(value: unknown, chain: string): Log {
  const log = fields(value, chain, 'a log')
  const topics = log['topics']
  if (!Array.isArray(topics)) throw new MalformedAnswer(chain, 'a log has no topics')
  return {
    address: addressOf(log['address'], chain, 'a log address'),
    topics: topics.map((topic) => hexOf(topic, chain, 'a topic')),
    data: hexOf(log['data'], chain, 'log data'),
    tx: isHex(log['transactionHash']) ? log['transactionHash'] : zeroHash,
  }
}

const kinds: Readonly<Record<string, CallFrame['kind']>> = {
  CALL: 'call',
  DELEGATECALL: 'delegatecall',
  STATICCALL: 'staticcall',
  CALLCODE: 'callcode',
  CREATE: 'create',
  CREATE2: 'create',
  SELFDESTRUCT: 'selfdestruct',
}

/** Hex text of a selector and three words: enough to say whose tokens a transferFrom moves, where to, and how many. */
const keptOfInput = 2 + 8 + 3 * 64

/** A call tree in execution order, without recursion: an attacker chooses how deep it goes. */
export function parseTrace(value: unknown, chain: string): { readonly frames: readonly CallFrame[]; readonly logs: readonly Log[] } {
  const frames: CallFrame[] = []
  const logs: Log[] = []
  const stack: { readonly raw: unknown; readonly depth: number }[] = [{ raw: value, depth: 0 }]
  for (let next = stack.pop(); next; next = stack.pop()) {
    const raw = fields(next.raw, chain, 'a call frame')
    const input = isHex(raw['input']) ? raw['input'] : '0x'
    frames.push({
      depth: next.depth,
      kind: kinds[String(raw['type'])] ?? 'call',
      from: addressOf(raw['from'] ?? zeroAddress, chain, 'a caller'),
      to: typeof raw['to'] === 'string' ? checksummed(raw['to']) : undefined,
      selector: input.slice(0, 10) as Hex,
      input: input.slice(0, keptOfInput) as Hex,
      value: isHex(raw['value']) ? BigInt(raw['value']) : 0n,
      failed: raw['error'] !== undefined && raw['error'] !== null,
    })
    if (Array.isArray(raw['logs'])) for (const log of raw['logs']) logs.push(parseLog(log, chain))
    const calls: readonly unknown[] = Array.isArray(raw['calls']) ? raw['calls'] : []
    for (const call of calls.toReversed()) stack.push({ raw: call, depth: next.depth + 1 })
  }
  return { frames, logs }
}

export function parseReceipt(value: unknown, chain: string): Mined | undefined {
  if (value === null || value === undefined) return undefined
  const receipt = fields(value, chain, 'a receipt')
  return {
    tx: hexOf(receipt['transactionHash'], chain, 'a transaction hash'),
    ok: quantity(receipt['status'] ?? '0x1', chain, 'a status') === 1n,
    block: { number: quantity(receipt['blockNumber'], chain, 'a block number'), hash: hexOf(receipt['blockHash'], chain, 'a block hash') },
  }
}
