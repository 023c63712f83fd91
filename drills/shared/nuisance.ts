// Ways to show a watcher an attack that can never be included: what the variant `grief` is made of.
import type { Actor, Hex, Kit, TransactionRequest } from 'firebreak'
import { baseFeeOf, setNextBaseFee, wei } from './fees.ts'

/** Sends a finished attack from `from` in a way that keeps it out of every block. */
export type Nuisance = (kit: Kit, from: Actor, attack: TransactionRequest) => Promise<void>

/** A node may refuse it; then nobody sees it, which is just as well. */
async function mayBeRefused(sent: Promise<Hex>): Promise<void> {
  await sent.catch(() => undefined)
}

/** Five nonces ahead: it waits for transactions that nobody ever sends. */
export const afterAGap: Nuisance = async (kit, from, attack) => {
  const nonce = Number(wei(await kit.rpc('eth_getTransactionCount', [from.address, 'pending'])))
  await kit.broadcast(await kit.sign(from, { ...attack, nonce: nonce + 5 }))
}

/**
 * Offers one wei a gas, which no base fee ever falls to. anvil turns such transactions away at the door, real nodes keep them:
 * so the fee of the block to come is lowered for the moment in which the door is passed, and no block ever has it.
 */
export const underpriced: Nuisance = async (kit, from, attack) => {
  const next = await baseFeeOf(kit, 'pending')
  await setNextBaseFee(kit, 1n)
  try {
    await kit.broadcast(await kit.sign(from, { ...attack, maxFee: 1n, tip: 1n }))
  } finally {
    await setNextBaseFee(kit, next)
  }
}

/** From an account that cannot pay for the gas. */
export const unfunded: Nuisance = async (kit, from, attack) => {
  const raw = await kit.sign(from, attack)
  await kit.rpc('anvil_setBalance', [from.address, '0x3e8'])
  await mayBeRefused(kit.broadcast(raw))
}

/** Its own earlier transaction gives the gas money away: each could be included alone, both cannot. */
export const penniless: Nuisance = async (kit, from, attack) => {
  const fee = (await baseFeeOf(kit, 'latest')) * 2n + 10n ** 9n
  const balance = wei(await kit.rpc('eth_getBalance', [from.address, 'latest']))
  const elsewhere = await kit.actor('where the gas money goes')
  const away = await kit.sign(from, { to: elsewhere.address, value: balance - fee * 21_000n, gas: 21_000n, maxFee: fee, tip: 10n ** 9n })
  const raw = await kit.sign(from, attack)
  await kit.broadcast(away)
  await mayBeRefused(kit.broadcast(raw))
}
