// What a scene's chain looks like when something happens: hours after the last deposit, and with a base fee as real chains have it.
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

/**
 * Time passes after the last deposit, as on any chain: a plan's price window (100 blocks) and hour-long baselines are about a
 * protocol in use, not about its deployment. Then the base fee is between 1 and 20 gwei, by the seed.
 */
export async function ordinaryDay(kit: Kit): Promise<void> {
  await kit.wait(kit.random.whole(2, 9) * 3_600)
  await kit.mine(kit.random.whole(130, 170))
  await setNextBaseFee(kit, kit.random.big(10n, 200n) * 10n ** 8n)
  await kit.mine()
}
