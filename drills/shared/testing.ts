// For the drills' own tests: a local chain with a scene on it, and what happens there when nobody watches.
import type { Act, Address, Dollars, Drill, Hex, Scene } from 'firebreak'
import { balanceProbe } from '../../packages/firebreak/src/chain/codec/balance-read.ts'
import { encodeRead } from '../../packages/firebreak/src/chain/codec/encode-read.ts'
import { encodeWrite } from '../../packages/firebreak/src/chain/codec/encode-write.ts'
import { encodeEvent } from '../../packages/firebreak/src/chain/codec/event-probe.ts'
import { connect } from '../../packages/firebreak/src/chain/transport/connect.ts'
import { makeKit, type LocalKit } from '../../packages/firebreak/src/drill/kit.ts'
import { startAnvil } from '../../packages/firebreak/src/local-chain/anvil.ts'
import { loadPlan } from '../../packages/firebreak/src/plan/load.ts'
import { resolvePlan, type Resolution } from '../../packages/firebreak/src/plan/resolve.ts'

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
        await kit.afterRevert()
      }
    }
    return { kit, scene, aside, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The drill's plan for a scene of its own, resolved: a fault is thrown. */
export async function planBeside(drill: Drill, file: string): Promise<Resolution> {
  const stage = await stageOf(drill, 1)
  try {
    const { definition, sources } = await loadPlan(file, { deployment: stage.scene.deployment })
    return resolvePlan(definition, { encodeRead, encodeWrite, encodeEvent, balanceProbe }, sources)
  } finally {
    await stage.stop()
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

export async function brake({ kit }: Stage, guardian: string, pulls: readonly Pull[]): Promise<void> {
  const by = await kit.actor(guardian)
  for (const pull of pulls) await kit.call(by, pull.to, pull.abi, pull.functionName, pull.args)
}

/** The guardian's calls, then both rounds of the attack: what is lost behind a brake. */
export async function robBehind(
  stage: Stage,
  guardian: string,
  pulls: readonly Pull[],
): Promise<{ readonly first: Dollars; readonly both: Dollars }> {
  await brake(stage, guardian, pulls)
  const first = await rob(stage, 0)
  return { first, both: await rob(stage, 1) }
}

/** Names of the acts that left something in the mempool which the next block does not take. */
export async function showsUp({ kit }: Stage, acts: readonly Act[]): Promise<readonly string[]> {
  const names: string[] = []
  for (const act of acts) {
    await act.run()
    const seen = await pool(kit)
    await kit.mine()
    const taken = new Set(blockHashes(await kit.rpc('eth_getBlockByNumber', ['latest', false])))
    if (seen.some((hash) => !taken.has(hash))) names.push(act.name)
    await kit.rpc('anvil_dropAllTransactions', [])
    await kit.afterRevert()
  }
  return names
}

async function pool(kit: LocalKit): Promise<readonly Hex[]> {
  const content = await kit.rpc('txpool_content', [])
  if (typeof content !== 'object' || content === null) throw new Error('the node has no pool')
  return Object.values(content).flatMap((bySender: Readonly<Record<Address, Readonly<Record<string, { readonly hash: Hex }>>>>) =>
    Object.values(bySender).flatMap((byNonce) => Object.values(byNonce).map(({ hash }) => hash)),
  )
}

function blockHashes(value: unknown): readonly Hex[] {
  if (typeof value !== 'object' || value === null || !('transactions' in value) || !Array.isArray(value.transactions))
    throw new Error('no block')
  return value.transactions
}

/** Acts and mines; gives how much was mined and which acts had a transaction that failed. */
export async function perform(
  { kit }: Stage,
  acts: readonly Act[],
): Promise<{ readonly mined: number; readonly reverted: readonly string[] }> {
  let mined = 0
  const reverted: string[] = []
  for (const act of acts) {
    const from = Number(await kit.rpc('eth_blockNumber', []))
    await act.run()
    await kit.mine()
    const to = Number(await kit.rpc('eth_blockNumber', []))
    for (let number = from + 1; number <= to; number++) {
      for (const { status } of receiptsOf(await kit.rpc('eth_getBlockReceipts', [`0x${number.toString(16)}`]))) {
        mined++
        if (status !== '0x1') reverted.push(act.name)
      }
    }
  }
  return { mined, reverted }
}

function receiptsOf(value: unknown): readonly { readonly status: Hex }[] {
  if (!Array.isArray(value)) throw new Error('the node gave no receipts')
  return value
}
