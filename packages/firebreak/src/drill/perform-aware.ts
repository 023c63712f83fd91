// Plays the attacker who has read the plan and this repository: round after round, some seen and some not, each in the block that it asks for.
import { keccak256 } from 'viem/utils'
import type { Dollars } from '../model/money.ts'
import { UserError } from '../model/errors.ts'
import type { Hex } from '../model/hex.ts'
import type { Scene, Strike } from './define.ts'
import { attackTip, caughtUp, examined, headOf, heard, type Run } from './running.ts'

/** More rounds than this are a scene that does not end. */
const mostRounds = 12

/** The first round pays well; the others less than whoever pulls a brake. */
const tipOf = (round: number): bigint => (round === 0 ? attackTip : attackTip / 3n)

type Aware = NonNullable<Scene['aware']>

function awareOf(scene: Scene): Aware {
  if (scene.aware) return scene.aware
  throw new UserError({
    path: 'scene.aware',
    wrong: 'is missing: this drill has no attacker who knows',
    mend: 'write its rounds, as docs/drills.md shows, or leave the variant `aware` out',
  })
}

export async function attackAware(run: Run): Promise<readonly Hex[]> {
  const { kit, scene, tell, watch, chronicle, proxy } = run
  const aware = awareOf(scene)
  const all: Hex[] = []
  for (let round = 0; round < mostRounds; round++) {
    let strike: Strike | undefined
    try {
      strike = await aware({ tip: tipOf(round), round })
      if (!strike) break
    } catch (error) {
      // The first round has to work; that a later one cannot even be put together is what a brake is for.
      if (round === 0) throw error
      tell({ kind: 'noAttack', round, why: error instanceof Error ? error.message : String(error) })
      continue
    }
    await caughtUp(run)
    await chronicle.take(true)
    const hashes = strike.txs.map((raw) => keccak256(raw))
    chronicle.expect(hashes)
    tell({ kind: 'attack', round, hidden: strike.hidden, txs: hashes, name: strike.name })
    if (round === 0) watch.attackBegins(await headOf(run.rpc))
    all.push(...hashes)
    if (strike.hidden) for (const hash of hashes) proxy.hide(hash)
    const looked = examined(run)
    for (const raw of strike.txs) await kit.broadcast(raw)
    if (!strike.hidden) await heard(run, hashes, looked)
    await kit.mineAs(strike.block ?? {})
    await caughtUp(run)
    await chronicle.take(true)
  }
  await kit.mine()
  await caughtUp(run)
  await chronicle.take(true)
  return all
}

/** The same rounds when nobody watches. */
export async function awareAlone({ kit, scene, rpc, chronicle }: Pick<Run, 'kit' | 'scene' | 'rpc' | 'chronicle'>): Promise<Dollars> {
  const aware = awareOf(scene)
  const before = await scene.lost()
  for (let round = 0; round < mostRounds; round++) {
    const strike = await aware({ tip: tipOf(round), round }).catch((error: unknown) => {
      // What is taken already is not there to be taken again.
      if (round === 0) throw error
      return undefined
    })
    if (!strike) break
    await chronicle.take(false)
    chronicle.expect(strike.txs.map((raw) => keccak256(raw)))
    for (const raw of strike.txs) await rpc.request('eth_sendRawTransaction', [raw])
    await kit.mineAs(strike.block ?? {})
    await chronicle.take(false)
  }
  return (await scene.lost()) - before
}
