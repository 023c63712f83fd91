// Carries out `eth_call` and `eth_simulateV1` in an EVM of our own, on proven state: slow, and only for when nodes disagree.
import { type Common, Mainnet, createCustomCommon, Hardfork } from '@ethereumjs/common'
import { createEVM, type EVM, type EVMResult } from '@ethereumjs/evm'
import { Account, unpadBytes, bytesToHex, createAddressFromString, hexToBytes, type Address as EvmAddress } from '@ethereumjs/util'
import { checksummed } from '../../codec/checksum.ts'
import type { Hex } from '../../../model/hex.ts'
import { fields, hexOf } from '../../parse.ts'
import type { ProvenAccounts } from './accounts.ts'
import type { ProvenHeader } from './header.ts'
import { ProvenState } from './state.ts'

type Raw = Readonly<Record<string, unknown>>

export interface Executed {
  readonly status: Hex
  readonly returnData: Hex
  readonly gasUsed: Hex
  readonly logs: readonly Raw[]
}

/** The transaction could not be in the block: a strict node refuses the whole simulation. */
export class NotIncludable extends Error {
  override readonly name: string = 'NotIncludable'
}

const number = (value: unknown, otherwise = 0n): bigint => (typeof value === 'string' ? BigInt(value) : otherwise)
const hex = (value: bigint): Hex => `0x${value.toString(16)}`
const bytes = (value: unknown): Uint8Array => hexToBytes(value === undefined || value === null ? '0x' : hexOf(value, 'proof', 'data'))
const addressOf = (value: unknown): EvmAddress => createAddressFromString(hexOf(value, 'proof', 'an address').toLowerCase())

/** Chains differ in their forks by date; what a header carries says which rules it was made under. */
function forkOf(header: Raw): Hardfork {
  if (header['requestsHash'] !== undefined) return Hardfork.Osaka
  if (header['parentBeaconBlockRoot'] !== undefined) return Hardfork.Cancun
  if (header['withdrawalsRoot'] !== undefined) return Hardfork.Shanghai
  if (header['baseFeePerGas'] !== undefined && number(header['difficulty']) === 0n) return Hardfork.Paris
  return Hardfork.London
}

interface Machine {
  readonly evm: EVM
  readonly state: ProvenState
  readonly common: Common
}

async function machineOf(proven: ProvenAccounts, header: ProvenHeader, chainId: number): Promise<Machine> {
  const common = createCustomCommon({ chainId }, Mainnet, { hardfork: forkOf(header.raw) })
  const state = new ProvenState(proven, { common })
  const blockchain = {
    getBlock: async (wanted: number) => {
      // Only the parent's hash is in the header; older ones would have to be walked to.
      if (BigInt(wanted) === number(header.raw['number'])) return { hash: () => hexToBytes(header.hash) }
      if (BigInt(wanted) === number(header.raw['number']) - 1n) return { hash: () => bytes(header.raw['parentHash']) }
      throw new Error('the hash of an older block is not proven')
    },
    putBlock: async () => undefined,
    shallowCopy: () => blockchain,
  }
  const evm = await createEVM({ common, stateManager: state, blockchain })
  return { evm, state, common }
}

function blockOf(over: Raw, header: Raw) {
  return {
    header: {
      number: number(over['number'], number(header['number'])),
      coinbase: addressOf(over['feeRecipient'] ?? header['miner']),
      timestamp: number(over['time'], number(header['timestamp'])),
      difficulty: 0n,
      prevRandao: bytes(over['prevRandao'] ?? header['mixHash']),
      gasLimit: number(over['gasLimit'], number(header['gasLimit'])),
      baseFeePerGas: number(over['baseFeePerGas'], number(header['baseFeePerGas'])),
      getBlobGasPrice: () => 1n,
    },
  }
}

type Block = ReturnType<typeof blockOf>

async function override({ state }: Machine, overrides: unknown): Promise<void> {
  if (overrides === undefined) return
  for (const [address, given] of Object.entries(fields(overrides, 'proof', 'overrides'))) {
    const at = addressOf(address)
    const { code, balance, nonce, stateDiff, ...others } = fields(given, 'proof', 'an override')
    if (Object.keys(others).length > 0) throw new Error(`an override that is not known here: ${Object.keys(others).join(', ')}`)
    if (!(await state.getAccount(at))) await state.putAccount(at, new Account())
    if (code !== undefined) await state.putCode(at, bytes(code))
    if (balance !== undefined) await state.modifyAccountFields(at, { balance: number(balance) })
    for (const [slot, value] of Object.entries(fields(stateDiff ?? {}, 'proof', 'storage')))
      await state.putStorage(at, bytes(slot), unpadBytes(bytes(value)))
    if (nonce !== undefined) await state.modifyAccountFields(at, { nonce: number(nonce) })
  }
}

async function run(machine: Machine, block: Block, call: Raw, gasLimit: bigint, gasPrice: bigint): Promise<EVMResult> {
  const { evm, common } = machine
  const from = addressOf(call['from'])
  const warm = [from, block.header.coinbase, ...(call['to'] === undefined ? [] : [addressOf(call['to'])])]
  for (const one of warm) evm.journal.addAlwaysWarmAddress(one.toString().slice(2))
  if (common.isActivatedEIP(2929)) for (const one of evm.precompiles.keys()) evm.journal.addAlwaysWarmAddress(one)
  try {
    return await evm.runCall({
      caller: from,
      origin: from,
      ...(call['to'] === undefined ? {} : { to: addressOf(call['to']) }),
      data: bytes(call['data'] ?? call['input']),
      value: number(call['value']),
      gasLimit,
      gasPrice,
      block,
    })
  } finally {
    await evm.journal.cleanup()
    evm.transientStorage.clear()
    machine.state.originalStorageCache.clear()
  }
}

/** What `eth_call` gives, at the block itself. */
export async function callOn(proven: ProvenAccounts, header: ProvenHeader, chainId: number, call: Raw, overrides: unknown): Promise<Hex> {
  const machine = await machineOf(proven, header, chainId)
  await override(machine, overrides)
  const { execResult } = await run(machine, blockOf({}, header.raw), call, number(call['gas'], 48_000_000n), 0n)
  if (execResult.exceptionError) throw new Error(`it reverts here: ${execResult.exceptionError.error}`)
  return bytesToHex(execResult.returnValue)
}

/** What `eth_simulateV1` with validation gives: its blocks with their calls. */
export async function simulateOn(proven: ProvenAccounts, header: ProvenHeader, chainId: number, request: unknown): Promise<readonly Raw[]> {
  const { blockStateCalls } = fields(request, 'proof', 'a simulation')
  if (!Array.isArray(blockStateCalls)) throw new Error('a simulation without blocks')
  const machine = await machineOf(proven, header, chainId)
  const simulated: Raw[] = []
  for (const one of blockStateCalls) {
    const { blockOverrides, stateOverrides, calls } = fields(one, 'proof', 'a block of a simulation')
    await override(machine, stateOverrides)
    const block = blockOf(fields(blockOverrides ?? {}, 'proof', 'block overrides'), header.raw)
    const done: Executed[] = []
    for (const call of Array.isArray(calls) ? calls : []) done.push(await transact(machine, block, fields(call, 'proof', 'a call')))
    simulated.push({ calls: done })
  }
  return simulated
}

async function transact(machine: Machine, block: Block, call: Raw): Promise<Executed> {
  const { state, common } = machine
  for (const known of ['accessList', 'authorizationList', 'blobVersionedHashes'])
    if (call[known] !== undefined) throw new Error(`a transaction with ${known} is not carried out here`)
  const from = addressOf(call['from'])
  const { baseFeePerGas, coinbase } = block.header
  const [gas, maxFee, maxTip, value] = [
    number(call['gas']),
    number(call['maxFeePerGas']),
    number(call['maxPriorityFeePerGas']),
    number(call['value']),
  ]
  const sender = (await state.getAccount(from)) ?? new Account()
  if (call['nonce'] !== undefined && number(call['nonce']) !== sender.nonce) throw new NotIncludable('another nonce')
  if (maxFee < baseFeePerGas || maxTip > maxFee) throw new NotIncludable('fees that no block takes')
  if (sender.balance < gas * maxFee + value) throw new NotIncludable('no funds')
  const { intrinsic, floor } = intrinsicGas(bytes(call['data'] ?? call['input']), call['to'] === undefined, common)
  if (gas < intrinsic || gas < floor) throw new NotIncludable('less gas than it takes to begin')
  const price = maxTip < maxFee - baseFeePerGas ? baseFeePerGas + maxTip : maxFee
  await state.putAccount(from, Object.assign(sender, { balance: sender.balance - gas * price }))
  const { execResult, createdAddress } = await run(machine, block, call, gas - intrinsic, price)
  for (const gone of execResult.selfdestruct ?? [])
    await state.deleteAccount(createAddressFromString(`0x${String(Array.isArray(gone) ? gone[0] : gone).replace(/^0x/, '')}`))
  const spent = intrinsic + execResult.executionGasUsed
  const refund = execResult.exceptionError ? 0n : (execResult.gasRefund ?? 0n)
  const afterRefund = spent - (refund < spent / 5n ? refund : spent / 5n)
  const gasUsed = afterRefund > floor ? afterRefund : floor
  await pay(state, from, (gas - gasUsed) * price)
  await pay(state, coinbase, gasUsed * (price - baseFeePerGas))
  return {
    status: execResult.exceptionError ? '0x0' : '0x1',
    returnData: call['to'] === undefined && createdAddress && !execResult.exceptionError ? '0x' : bytesToHex(execResult.returnValue),
    gasUsed: hex(gasUsed),
    logs: execResult.exceptionError
      ? []
      : (execResult.logs ?? []).map(([address, topics, data]) => ({
          address: checksummed(bytesToHex(address)),
          topics: topics.map((topic) => bytesToHex(topic)),
          data: bytesToHex(data),
        })),
  }
}

async function pay(state: ProvenState, to: EvmAddress, amount: bigint): Promise<void> {
  if (amount === 0n) return
  const account = (await state.getAccount(to)) ?? new Account()
  await state.putAccount(to, Object.assign(account, { balance: account.balance + amount }))
}

/** What a transaction costs before its first instruction, and the least that it pays for its data (EIP-7623). */
function intrinsicGas(data: Uint8Array, creates: boolean, common: Common): { readonly intrinsic: bigint; readonly floor: bigint } {
  const zeros = data.filter((byte) => byte === 0).length
  const others = data.length - zeros
  const words = creates && common.isActivatedEIP(3860) ? Math.ceil(data.length / 32) * 2 : 0
  return {
    intrinsic: 21_000n + BigInt(zeros * 4 + others * 16 + words) + (creates ? 32_000n : 0n),
    floor: common.isActivatedEIP(7623) ? 21_000n + BigInt(zeros * 10 + others * 40) : 0n,
  }
}
