// An attacker's transaction that shows itself only in a block that may be real: what it compares with, and the block that it waits for.
import { encodeCall, type Actor, type Address, type Hex, type Kit, type Strike } from 'firebreak/drill'
import { baseFeeOf, wei } from './fees.ts'

/** none: any real block · stranger: by anybody but the head's proposer · builder: by one that it names · slot: after a missed slot · both. */
export type Trick = 'none' | 'stranger' | 'builder' | 'slot' | 'both'
export const tricks: readonly Trick[] = ['stranger', 'builder', 'slot', 'both']

const slotSeconds = 12n
const lookBack = 12n

interface Head {
  readonly number: bigint
  readonly timestamp: bigint
  readonly hash: Hex
  readonly mixHash: Hex
  readonly gasLimit: bigint
  readonly miner: Address
}

async function headOf(kit: Kit, back = 0n): Promise<Head> {
  const latest = wei(await kit.rpc('eth_blockNumber', []))
  const block = await kit.rpc('eth_getBlockByNumber', [`0x${(latest - back).toString(16)}`, false])
  if (typeof block !== 'object' || block === null) throw new Error('the chain has no head')
  const fields = block as Readonly<Record<string, unknown>>
  return {
    number: wei(fields['number']),
    timestamp: wei(fields['timestamp']),
    hash: String(fields['hash']) as Hex,
    mixHash: String(fields['mixHash']) as Hex,
    gasLimit: wei(fields['gasLimit']),
    miner: String(fields['miner']) as Address,
  }
}

export interface Disguised {
  readonly from: Actor
  readonly to: Address
  readonly abi: readonly unknown[]
  readonly functionName: string
  /** What follows the stage in its arguments. */
  readonly args: readonly unknown[]
  readonly gas: bigint
  readonly tip: bigint
  readonly trick: Trick
}

/** Signed on the head as it is now; the block that it gives is the one in which it acts. */
export async function disguised(kit: Kit, one: Disguised): Promise<Pick<Strike, 'txs' | 'block'>> {
  const { from, to, abi, functionName, args, gas, tip, trick } = one
  const head = await headOf(kit)
  const baseFee = await baseFeeOf(kit, 'pending')
  const late = trick === 'slot' || trick === 'both'
  const builder = trick === 'builder' || trick === 'both' ? await anotherBuilder(kit, head) : nobody
  const maxFee = baseFee * 2n + tip
  const stage = {
    number: head.number,
    time: head.timestamp,
    hash: head.hash,
    randao: head.mixHash,
    gasLimit: head.gasLimit,
    baseFee,
    tip,
    maxFee,
    gas,
    proposer: builder,
    proposerBefore: trick === 'stranger' ? head.miner : nobody,
    notBefore: late ? head.timestamp + 2n * slotSeconds : 0n,
  }
  const raw = await kit.sign(from, {
    to,
    data: encodeCall(abi, functionName, [stage, ...args]),
    gas,
    tip,
    maxFee,
    accessList: [{ address: to, storageKeys: [warmSlot] }],
  })
  const proposer = builder !== nobody ? builder : trick === 'stranger' ? await anotherBuilder(kit, head) : undefined
  return {
    txs: [raw],
    block: { ...(late ? { seconds: Number(2n * slotSeconds) } : {}), ...(proposer ? { proposer } : {}) },
  }
}

const nobody: Address = '0x0000000000000000000000000000000000000000'
/** `Disguise.warm` is its first variable. */
const warmSlot: Hex = `0x${'0'.repeat(64)}`

/** Somebody who made a block not long ago, and not the last one. */
async function anotherBuilder(kit: Kit, head: Head): Promise<Address> {
  for (let back = 1n; back < lookBack; back++) {
    const { miner } = await headOf(kit, back)
    if (miner !== head.miner && wei(miner) !== 0n) return miner
  }
  throw new Error('one proposer made all of the last blocks')
}
