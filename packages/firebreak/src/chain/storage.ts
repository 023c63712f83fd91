// Reads one storage word of many contracts at a block: what proxies keep where no view shows it.
import type { Address, Hex } from '../model/hex.ts'
import type { Rpc } from './transport/rpc.ts'

/** Contracts whose word could not be read are left out. */
export async function storageAt(
  rpc: Pick<Rpc, 'batch'>,
  addresses: readonly Address[],
  slot: Hex,
  at: Hex,
): Promise<ReadonlyMap<Address, Hex>> {
  if (addresses.length === 0) return new Map()
  const answers = await rpc.batch(addresses.map((address) => ({ method: 'eth_getStorageAt', params: [address, slot, { blockHash: at }] })))
  return new Map(
    addresses.flatMap((address, i) => {
      const answer = answers[i]
      return answer?.ok && isWord(answer.result) ? [[address, answer.result] as const] : []
    }),
  )
}

const isWord = (value: unknown): value is Hex => typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value)
