// Plays a drill's variants: the attack in public or unseen, people's ordinary business, people who want a pause; with and without Firebreak.
import { keccak256 } from 'viem/utils'
import type { Dollars } from '../model/money.ts'
import type { Hex } from '../model/hex.ts'
import type { Act, Variant } from './define.ts'
import { attackAware, awareAlone } from './perform-aware.ts'
import { attackInFlood } from './perform-flood.ts'
import { attackTip, caughtUp, examined, headOf, heard, pause, type Run } from './running.ts'

/** Repetitions pay less: whoever comes second with a brake in the pool is behind it. */
const tipOf = (round: number): bigint => (round === 0 ? attackTip : attackTip / 3n)
/** Plays a variant while Firebreak watches; gives the attack's transactions. */
export async function perform(run: Run, variant: Variant): Promise<readonly Hex[]> {
  await caughtUp(run)
  switch (variant) {
    case 'public':
      return attackInPublic(run)
    case 'private':
      return attackInPrivate(run)
    case 'aware':
      return attackAware(run)
    case 'flood':
      return attackInFlood(run)
    case 'quiet':
    case 'grief':
      await play(run, run.scene[variant]())
      return []
    default:
      return variant satisfies never
  }
}

async function mineAndCatchUp(run: Run, blocks = 1): Promise<void> {
  await run.kit.mine(blocks)
  await caughtUp(run)
  await run.chronicle.take(true)
}

async function attackInPublic(run: Run): Promise<readonly Hex[]> {
  const { kit, scene, tell, watch, chronicle } = run
  const raws = await scene.attack({ tip: attackTip, round: 0 })
  await caughtUp(run)
  await chronicle.take(true)
  const hashes = raws.map((raw) => keccak256(raw))
  chronicle.expect(hashes)
  tell({ kind: 'attack', round: 0, hidden: false, txs: hashes })
  watch.attackBegins(await headOf(run.rpc))
  const looked = examined(run)
  for (const raw of raws) await kit.broadcast(raw)
  await heard(run, hashes, looked)
  await mineAndCatchUp(run)
  await mineAndCatchUp(run, 2)
  return hashes
}

async function attackInPrivate(run: Run): Promise<readonly Hex[]> {
  const { kit, scene, tell, watch, chronicle } = run
  const all: Hex[] = []
  for (const round of [0, 1]) {
    const raws = await scene.attack({ tip: tipOf(round), round }).catch((error: unknown) => {
      // The first round has to work; that a later one cannot even be put together is what a brake is for.
      if (round === 0) throw error
      tell({ kind: 'noAttack', round, why: error instanceof Error ? error.message : String(error) })
      return []
    })
    await caughtUp(run)
    await chronicle.take(true)
    const hashes = raws.map((raw) => keccak256(raw))
    chronicle.expect(hashes)
    tell({ kind: 'attack', round, hidden: true, txs: hashes })
    if (round === 0) watch.attackBegins(await headOf(run.rpc))
    for (const [i, raw] of raws.entries()) {
      const hash = hashes[i]
      if (hash) {
        run.proxy.hide(hash)
        all.push(hash)
      }
      await kit.broadcast(raw)
    }
    await mineAndCatchUp(run)
  }
  await mineAndCatchUp(run)
  return all
}

async function play(run: Run, acts: readonly Act[]): Promise<void> {
  await run.chronicle.take(true)
  for (const act of acts) {
    run.tell({ kind: 'act', name: act.name })
    await act.run()
    await pause(20)
    await run.engine.settled()
    await mineAndCatchUp(run)
  }
}

/** The same attack when nobody watches. */
export async function performAlone(run: Pick<Run, 'kit' | 'scene' | 'rpc' | 'chronicle'>, variant: Variant): Promise<Dollars> {
  if (variant === 'aware') return awareAlone(run)
  const { kit, scene, rpc, chronicle } = run
  const before = await scene.lost()
  for (const round of variant === 'private' ? [0, 1] : [0]) {
    const raws = await scene.attack({ tip: tipOf(round), round })
    await chronicle.take(false)
    chronicle.expect(raws.map((raw) => keccak256(raw)))
    for (const raw of raws) await rpc.request('eth_sendRawTransaction', [raw])
    await kit.mine()
    await chronicle.take(false)
  }
  return (await scene.lost()) - before
}

/** Both rounds in one block. The second is signed on a state in which the first has happened, which is then taken back. */
export async function performInOneBlock({ kit, scene, rpc }: Pick<Run, 'kit' | 'scene' | 'rpc'>): Promise<Dollars> {
  const before = await scene.lost()
  const send = async (raws: readonly Hex[]): Promise<void> => {
    for (const raw of raws) await rpc.request('eth_sendRawTransaction', [raw])
  }
  const first = await scene.attack({ tip: tipOf(0), round: 0 })
  const ahead = await rpc.request('evm_snapshot', [])
  await send(first)
  await kit.mine()
  const second = await scene.attack({ tip: tipOf(1), round: 1 })
  await rpc.request('evm_revert', [ahead])
  await rpc.request('anvil_dropAllTransactions', [])
  // Whoever came into being for the second round has to be able to pay for it.
  await kit.afterRevert()
  await send([...first, ...second])
  await kit.mine()
  return (await scene.lost()) - before
}
