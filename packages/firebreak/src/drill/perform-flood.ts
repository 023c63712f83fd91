// Plays the flood: the attack comes in the middle of thousands of waiting transactions, and a slot later a block is made of the best paid.
import { keccak256 } from 'viem/utils'
import type { Hex } from '../model/hex.ts'
import { floodOf, pour } from './flood.ts'
import { attackTip, caughtUp, headOf, until, type Run } from './running.ts'

export const floodSize = 5_000
/** A brake that is not out by the end of a slot is late. */
const slotMs = 12_000

export async function attackInFlood(run: Run): Promise<readonly Hex[]> {
  const { kit, scene, rpc, tell, watch, chronicle, engine, plan } = run
  const raws = await scene.attack({ tip: attackTip, round: 0 })
  const flood = await floodOf({ kit, rpc, plan, count: run.flood })
  await caughtUp(run)
  await chronicle.take(true)
  const hashes = raws.map((raw) => keccak256(raw))
  chronicle.expect(hashes)
  const half = Math.floor(flood.length / 2)
  tell({ kind: 'flood', count: flood.length })
  await pour(rpc, flood.slice(0, half))
  watch.attackBegins(await headOf(rpc))
  tell({ kind: 'attack', round: 0, hidden: false, txs: hashes })
  for (const raw of raws) await kit.broadcast(raw)
  await pour(rpc, flood.slice(half))
  // The block comes when it comes: nobody waits for us longer than that.
  await until(
    slotMs,
    async () => {
      if (watch.wanted().length === 0) return false
      const sent = await Promise.all(plan.authorities.map(async ({ address }) => waitsFrom(run, address)))
      return sent.some(Boolean)
    },
    50,
  )
  for (let block = 0; block < 2; block++) {
    await kit.mine()
    const head = await headOf(rpc)
    await until(slotMs, async () => engine.counts().every((one) => one.head >= head))
  }
  // Whoever still waits is nobody's business any more.
  await rpc.request('anvil_dropAllTransactions', [])
  await until(slotMs, () => Promise.resolve(watch.receipts().length >= watch.wanted().length))
  await chronicle.take(true)
  return hashes
}

async function waitsFrom({ rpc }: Pick<Run, 'rpc'>, address: string): Promise<boolean> {
  const [pending, latest] = await Promise.all(
    ['pending', 'latest'].map(async (tag) => BigInt(String(await rpc.request('eth_getTransactionCount', [address, tag])))),
  )
  return pending !== undefined && latest !== undefined && pending > latest
}
