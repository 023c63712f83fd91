// Thousands of waiting transactions around an attack: most touch nothing, many read the plan's contracts, some pay any price.
import { keccak256, numberToHex, toBytes } from 'viem/utils'
import { privateKeyToAccount } from 'viem/accounts'
import type { Rpc } from '../chain/transport/rpc.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Kit } from './define.ts'
import { seededRandom } from './random.ts'

export interface FloodOptions {
  readonly kit: Pick<Kit, 'seed'>
  readonly rpc: Rpc
  readonly plan: ResolvedPlan
  readonly count: number
}

const coin = 10n ** 18n
const gwei = 10n ** 9n
/** Many senders with a few each, as in a real pool. */
const perSender = 2
const together = 100

/** Stores the time of its block, and does nothing else: whoever looks at it has to look twice. */
const clock: Hex = '0x4260005500'
const clockGas = 60_000n

interface Call {
  readonly to: Address
  readonly data: Hex
  readonly gas: bigint
  readonly value: bigint
}

/** Signed and ready; their senders are funded. The same seed gives the same flood. */
export async function floodOf({ kit, rpc, plan, count }: FloodOptions): Promise<readonly Hex[]> {
  const random = seededRandom(`firebreak flood ${kit.seed}`)
  const chainId = Number(await rpc.request('eth_chainId', []))
  const head = await rpc.request('eth_getBlockByNumber', ['latest', false])
  const baseFee = BigInt(String((head as { readonly baseFeePerGas: string }).baseFeePerGas))
  const senders = Array.from({ length: Math.ceil(count / perSender) }, (_, i) =>
    privateKeyToAccount(keccak256(toBytes(`firebreak flood ${kit.seed} ${i}`))),
  )
  await inTurns(senders, async (some) => {
    await rpc.batch(some.map(({ address }) => ({ method: 'anvil_setBalance', params: [address, numberToHex(10n * coin)] })))
  })
  // Views of the plan's own contracts, called as transactions: they touch the plan and change nothing.
  const views = plan.brakes.map(({ holds }) => ({ to: holds.probe.to, data: holds.probe.data }))
  const named = plan.contracts.map(({ address }) => address)
  const dials = senders.slice(0, 20).map(({ address }) => address)
  await rpc.batch(dials.map((address) => ({ method: 'anvil_setCode', params: [clockAt(address), clock] })))

  const callOf = (): Call => {
    const kind = random.whole(1, 100)
    const anybody = random.pick(senders).address
    if (kind <= 10 && views.length > 0) return { ...random.pick(views), gas: 150_000n, value: 0n }
    if (kind <= 15 && named.length > 0) return { to: anybody, data: mentioning(random.pick(named)), gas: 40_000n, value: 0n }
    if (kind <= 20) return { to: clockAt(random.pick(dials)), data: '0x', gas: clockGas, value: 0n }
    if (kind <= 40) return { to: anybody, data: numberToHex(random.big(1n, 2n ** 256n - 1n), { size: 32 }), gas: 40_000n, value: 0n }
    return { to: anybody, data: '0x', gas: 21_000n, value: 1n }
  }

  const raws: Hex[] = []
  for (let nonce = 0; nonce < perSender; nonce++)
    for (const sender of random.shuffle(senders)) {
      if (raws.length === count) break
      // One in forty pays any price for its place; the others offer what an ordinary user does.
      const tip = random.whole(1, 40) === 1 ? random.big(5n, 60n) * gwei : random.big(1n, 28n) * (gwei / 10n)
      const call = callOf()
      raws.push(
        await sender.signTransaction({
          type: 'eip1559',
          chainId,
          nonce,
          maxFeePerGas: baseFee * 2n + tip,
          maxPriorityFeePerGas: tip,
          ...call,
        }),
      )
    }
  return raws
}

/** As fast as the node takes them. */
export async function pour(rpc: Rpc, raws: readonly Hex[]): Promise<void> {
  await inTurns(raws, async (some) => {
    await rpc.batch(some.map((raw) => ({ method: 'eth_sendRawTransaction', params: [raw] })))
  })
}

const clockAt = (address: Address): Address => `0x${keccak256(address).slice(-40)}`
const mentioning = (address: Address): Hex => `0x12345678${address.slice(2).toLowerCase().padStart(64, '0')}`

async function inTurns<item>(items: readonly item[], act: (some: readonly item[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += together) await act(items.slice(from, from + together))
}
