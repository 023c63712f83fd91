// For the drills' own tests: a local chain with a scene on it, and what happens there when nobody watches.
import { encodeCall, type Act, type Address, type Dollars, type Drill, type Hex, type Scene } from 'firebreak'
import { connect } from '../../packages/firebreak/src/chain/transport/connect.ts'
import { makeKit, type LocalKit } from '../../packages/firebreak/src/drill/kit.ts'
import { startAnvil } from '../../packages/firebreak/src/local-chain/anvil.ts'

export interface Stage {
  readonly kit: LocalKit
  readonly scene: Scene
  /** Runs `body` and takes everything back that it did to the chain. */
  readonly aside: <result>(body: () => Promise<result>) => Promise<result>
  readonly stop: () => Promise<void>
}

export async function stageOf(drill: Drill, seed: number): Promise<Stage> {
  const chain = await startAnvil({ noMining: true, chainId: 31_337 })
  const rpc = connect(chain.ipcPath, 'test')
  const stop = async (): Promise<void> => {
    await rpc.close()
    await chain.stop()
  }
  try {
    const kit = makeKit({ request: (method, params) => rpc.request(method, params), seed, chainId: 31_337 })
    const scene = await drill.scene(kit)
    const aside = async <result>(body: () => Promise<result>): Promise<result> => {
      const snapshot = await kit.rpc('evm_snapshot', [])
      try {
        return await body()
      } finally {
        await kit.rpc('evm_revert', [snapshot])
        await kit.rpc('anvil_dropAllTransactions', [])
        kit.forgetSigned()
      }
    }
    return { kit, scene, aside, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The attack of a round, mined; gives what is lost in all so far. */
export async function rob({ kit, scene }: Stage, round: number): Promise<Dollars> {
  for (const raw of await scene.attack({ tip: 2n * 10n ** 9n, round })) await kit.broadcast(raw)
  await kit.mine()
  return scene.lost()
}

export interface Pull {
  readonly to: Address
  readonly abi: readonly unknown[]
  readonly functionName: string
  readonly args: readonly unknown[]
}

/** The guardian's calls, then both rounds of the attack: what is lost behind a brake. */
export async function robBehind(
  stage: Stage,
  guardian: string,
  pulls: readonly Pull[],
): Promise<{ readonly first: Dollars; readonly both: Dollars }> {
  const { kit } = stage
  const by = await kit.actor(guardian)
  for (const pull of pulls) await kit.send(by, { to: pull.to, data: encodeCall(pull.abi, pull.functionName, pull.args) })
  const first = await rob(stage, 0)
  return { first, both: await rob(stage, 1) }
}

/** How often every transaction of the acts ended well: all ordinary acts must, or they show nothing. */
export async function perform(
  { kit }: Stage,
  acts: readonly Act[],
): Promise<{ readonly mined: number; readonly reverted: readonly string[]; readonly waiting: number }> {
  let mined = 0
  const reverted: string[] = []
  for (const act of acts) {
    const from = Number(await kit.rpc('eth_blockNumber', []))
    await act.run()
    await kit.mine()
    const to = Number(await kit.rpc('eth_blockNumber', []))
    for (let number = from + 1; number <= to; number++) {
      for (const receipt of receiptsOf(await kit.rpc('eth_getBlockReceipts', [`0x${number.toString(16)}`]))) {
        mined++
        if (receipt.status !== '0x1') reverted.push(act.name)
      }
    }
  }
  const pool = await kit.rpc('txpool_status', [])
  const counts = typeof pool === 'object' && pool !== null ? Object.values(pool).map((count) => Number(count)) : []
  return { mined, reverted, waiting: counts.reduce((a, b) => a + b, 0) }
}

function receiptsOf(value: unknown): readonly { readonly status: Hex }[] {
  if (!Array.isArray(value)) throw new Error('the node gave no receipts')
  return value
}
