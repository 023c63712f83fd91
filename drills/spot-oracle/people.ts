// The honest users of the drill's pool: who supplies, who borrows, and how close to the edge.
import type { Actor, Kit } from 'firebreak'
import { amountOf, type Coin } from '../shared/coins.ts'
import type { Contract } from '../shared/submit.ts'
import type { Base, People } from './market.ts'

const max = 2n ** 256n - 1n

interface Kind {
  readonly coin: Coin
  readonly token: Contract
}

/** Gives coins, with the approval that every user of the pool has given at some time. */
export async function fund(kit: Kit, base: Base, who: Actor, { coin, token }: Kind, dollars: bigint): Promise<bigint> {
  const amount = amountOf(coin, dollars)
  await kit.call(base.admin, token.address, token.abi, 'transfer', [who.address, amount])
  await kit.call(who, token.address, token.abi, 'approve', [base.pool.address, max])
  return amount
}

async function supply(kit: Kit, base: Base, who: Actor, kind: Kind, dollars: bigint): Promise<void> {
  await kit.call(who, base.pool.address, base.pool.abi, 'deposit', [kind.coin.address, await fund(kit, base, who, kind, dollars)])
}

/** Fills the pool and lets ordinary life go on for some blocks. */
export async function settle(kit: Kit, base: Base): Promise<{ readonly people: People; readonly supplied: bigint }> {
  const { random } = kit
  const { pool, lendable, usdc, weth, reef } = base
  const names = ['whale', 'supplier', 'borrower', 'edge', 'liquidator', 'trader'] as const
  const people = {} as Record<(typeof names)[number], Actor>
  for (const name of names) people[name] = await kit.actor(name)
  const { whale, supplier, borrower, edge, liquidator, trader } = people
  const borrow = (who: Actor, kind: Kind, dollars: bigint): Promise<unknown> =>
    kit.call(who, pool.address, pool.abi, 'borrow', [kind.coin.address, amountOf(kind.coin, dollars)])

  let supplied = 0n
  for (const kind of lendable) {
    const total = random.big(2_000n, 9_000n) * 1_000n
    await supply(kit, base, whale, kind, (total * 55n) / 100n)
    await supply(kit, base, supplier, kind, (total * 45n) / 100n)
    supplied += total
  }

  for (const [i, kind] of lendable.entries()) {
    const next = lendable[(i + 1) % lendable.length] ?? kind
    const dollars = random.big(300n, 900n) * 1_000n
    await supply(kit, base, borrower, kind, dollars)
    await borrow(borrower, next, (dollars * random.big(25n, 40n)) / 100n)
    await fund(kit, base, borrower, next, 20_000n)
    supplied += dollars
  }
  // The token with the thin pair has honest users too.
  await supply(kit, base, supplier, reef, random.big(40n, 120n) * 1_000n)
  await borrow(supplier, usdc, 10_000n)

  await supply(kit, base, edge, weth, 60_000n)
  await borrow(edge, usdc, 44_800n)
  await fund(kit, base, liquidator, usdc, 50_000n)
  await fund(kit, base, trader, reef, 100_000n)
  await fund(kit, base, trader, weth, 200_000n)

  const first = lendable[0]
  await kit.mine(random.whole(3, 9))
  if (first) await supply(kit, base, supplier, first, random.big(10n, 90n) * 1_000n)
  await kit.mine(random.whole(3, 9))
  return { people, supplied: supplied + 150_000n }
}
