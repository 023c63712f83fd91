// Says why a real node would fail an `eth_simulateV1` request that anvil carries out.
import type { AskNode } from './rules.ts'
import { isRecord } from './rules.ts'

type Fields = Readonly<Record<string, unknown>>
export interface SimulationFault {
  readonly code: number
  readonly message: string
}

/** Codes from the execution API's specification. */
const codes = {
  nonceTooLow: -38_010,
  nonceTooHigh: -38_011,
  feeTooLow: -38_012,
  gasLimit: -38_015,
  number: -38_020,
  time: -38_021,
  tipAboveFee: -32_000,
} as const

const zero = '0x0000000000000000000000000000000000000000'

/** Undefined when a real node would carry the request out. Order of blocks is checked always, the rest with `validation`. */
export async function faultOf(params: readonly unknown[], ask: AskNode): Promise<SimulationFault | undefined> {
  const [request, at = 'latest'] = params
  if (!isRecord(request) || !Array.isArray(request['blockStateCalls'])) return undefined
  const parent = await blockAt(at, ask)
  // An unknown parent is the node's to refuse.
  if (!parent) return undefined
  let previous: Head = {
    number: amount(parent['number']),
    time: amount(parent['timestamp']),
    gasLimit: amount(parent['gasLimit']),
    baseFee: nextBaseFee(parent),
  }
  const nonces = new Map<string, bigint>()

  for (const block of request['blockStateCalls'].filter(isRecord)) {
    const { blockOverrides: overrides = {}, stateOverrides = {}, calls = [] } = block
    if (!isRecord(overrides) || !isRecord(stateOverrides) || !Array.isArray(calls)) continue
    const head: Head = {
      number: amount(overrides['number'] ?? previous.number + 1n),
      time: amount(overrides['time'] ?? previous.time + 12n),
      gasLimit: amount(overrides['gasLimit'] ?? previous.gasLimit),
      baseFee: amount(overrides['baseFeePerGas'] ?? previous.baseFee),
    }
    if (head.number <= previous.number) return fault('number', `block numbers must be in order: ${head.number} <= ${previous.number}`)
    if (head.time <= previous.time) return fault('time', `block timestamps must be in order: ${head.time} <= ${previous.time}`)
    previous = { ...head, baseFee: lowestNext(head.baseFee) }
    if (request['validation'] !== true) continue
    for (const [address, override] of Object.entries(stateOverrides)) {
      if (isRecord(override) && override['nonce'] !== undefined) nonces.set(address.toLowerCase(), amount(override['nonce']))
    }
    let left = head.gasLimit
    for (const call of calls.filter(isRecord)) {
      const from = (typeof call['from'] === 'string' ? call['from'] : zero).toLowerCase()
      const nonce = nonces.get(from) ?? amount(await ask('eth_getTransactionCount', [from, parent['number']]))
      nonces.set(from, nonce + 1n)
      // Without `gas` a call is given the rest of the block.
      const gas = amount(call['gas'] ?? left)
      const broken = feeFault(call, head.baseFee) ?? nonceFault(call, from, nonce)
      if (broken) return broken
      if (gas > left || gas === 0n) return fault('gasLimit', `block gas limit reached: ${head.gasLimit - left + gas} >= ${head.gasLimit}`)
      left -= gas
    }
  }
  return undefined
}

interface Head {
  readonly number: bigint
  readonly time: bigint
  readonly gasLimit: bigint
  readonly baseFee: bigint
}

function nonceFault(call: Fields, from: string, state: bigint): SimulationFault | undefined {
  const given = amount(call['nonce'] ?? state)
  if (given < state) return fault('nonceTooLow', `nonce too low: address ${from}, tx: ${given} state: ${state}`)
  if (given > state) return fault('nonceTooHigh', `nonce too high: address ${from}, tx: ${given} state: ${state}`)
  return undefined
}

function feeFault(call: Fields, baseFee: bigint): SimulationFault | undefined {
  const maxFee = amount(call['maxFeePerGas'] ?? call['gasPrice'] ?? 0n)
  const tip = amount(call['maxPriorityFeePerGas'] ?? 0n)
  if (maxFee < baseFee) return fault('feeTooLow', `max fee per gas less than block base fee: maxFeePerGas: ${maxFee}, baseFee: ${baseFee}`)
  if (tip > maxFee) return fault('tipAboveFee', `max priority fee per gas higher than max fee per gas: ${tip} > ${maxFee}`)
  return undefined
}

function fault(kind: keyof typeof codes, message: string): SimulationFault {
  return { code: codes[kind], message }
}

async function blockAt(at: unknown, ask: AskNode): Promise<Fields | undefined> {
  const id = isRecord(at) ? (at['blockHash'] ?? at['blockNumber']) : at
  const method = typeof id === 'string' && id.length === 66 ? 'eth_getBlockByHash' : 'eth_getBlockByNumber'
  const block = await ask(method, [id, false])
  return isRecord(block) ? block : undefined
}

/** EIP-1559: an eighth up or down, by how full the parent was against half of its limit. */
function nextBaseFee(parent: Fields): bigint {
  const baseFee = amount(parent['baseFeePerGas'] ?? 0n)
  const target = amount(parent['gasLimit']) / 2n
  const used = amount(parent['gasUsed'])
  if (target === 0n || used === target) return baseFee
  if (used < target) return baseFee - (baseFee * (target - used)) / target / 8n
  const rise = (baseFee * (used - target)) / target / 8n
  return baseFee + (rise > 0n ? rise : 1n)
}

/** A simulated block's use of gas is not known beforehand, so a later one without a base fee of its own gets the lowest possible. */
function lowestNext(baseFee: bigint): bigint {
  return baseFee - baseFee / 8n
}

function amount(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  return typeof value === 'string' || typeof value === 'number' ? BigInt(value) : 0n
}
