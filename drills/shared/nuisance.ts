// Ways to show a watcher an attack that can never be included: what the variant `grief` is made of.
import type { Actor, Hex, Kit, TransactionRequest } from 'firebreak'

const wei = (value: unknown): bigint => BigInt(String(value))
const baseFeeOf = async (kit: Kit): Promise<bigint> => {
  const block = await kit.rpc('eth_getBlockByNumber', ['latest', false])
  if (typeof block !== 'object' || block === null || !('baseFeePerGas' in block)) throw new Error('the latest block has no base fee')
  return wei(block.baseFeePerGas)
}

/** A node may refuse it; then nobody sees it, which is just as well. */
async function mayBeRefused(sent: Promise<Hex>): Promise<void> {
  await sent.catch(() => undefined)
}

/** Five nonces ahead: it waits for transactions that nobody ever sends. */
export async function afterAGap(kit: Kit, from: Actor, request: TransactionRequest): Promise<void> {
  const nonce = Number(wei(await kit.rpc('eth_getTransactionCount', [from.address, 'pending'])))
  await kit.broadcast(await kit.sign(from, { ...request, nonce: nonce + 5 }))
}

/** Offers one wei a gas, which no base fee ever falls to. */
export async function underpriced(kit: Kit, from: Actor, request: TransactionRequest): Promise<void> {
  await mayBeRefused(kit.broadcast(await kit.sign(from, { ...request, maxFee: 1n, tip: 1n })))
}

/** From an account that cannot pay for the gas. */
export async function unfunded(kit: Kit, from: Actor, request: TransactionRequest): Promise<void> {
  const raw = await kit.sign(from, request)
  await kit.rpc('anvil_setBalance', [from.address, '0x3e8'])
  await mayBeRefused(kit.broadcast(raw))
}

/** Its own earlier transaction gives the gas money away: each could be included alone, both cannot. */
export async function penniless(kit: Kit, from: Actor, request: TransactionRequest): Promise<void> {
  const fee = (await baseFeeOf(kit)) * 2n + 10n ** 9n
  const balance = wei(await kit.rpc('eth_getBalance', [from.address, 'latest']))
  const elsewhere = await kit.actor('where the gas money goes')
  const away = await kit.sign(from, { to: elsewhere.address, value: balance - fee * 21_000n, gas: 21_000n, maxFee: fee })
  const raw = await kit.sign(from, request)
  await kit.broadcast(away)
  await mayBeRefused(kit.broadcast(raw))
}
