// The chain's base fee in a scene: a local chain that mines empty blocks soon charges almost nothing, which real chains do not.
import type { Kit } from 'firebreak'

export const wei = (value: unknown): bigint => BigInt(String(value))

export async function baseFeeOf(kit: Kit, tag: 'latest' | 'pending'): Promise<bigint> {
  const block = await kit.rpc('eth_getBlockByNumber', [tag, false])
  if (typeof block !== 'object' || block === null || !('baseFeePerGas' in block)) throw new Error(`the ${tag} block has no base fee`)
  return wei(block.baseFeePerGas)
}

export const setNextBaseFee = async (kit: Kit, fee: bigint): Promise<void> => {
  await kit.rpc('anvil_setNextBlockBaseFeePerGas', [`0x${fee.toString(16)}`])
}

/** Between 1 and 20 gwei, by the seed. */
export async function ordinaryFees(kit: Kit): Promise<void> {
  await setNextBaseFee(kit, kit.random.big(10n, 200n) * 10n ** 8n)
  await kit.mine()
}
