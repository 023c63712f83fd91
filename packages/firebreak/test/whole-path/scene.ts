// A small scene on a real local chain: a vault that can be drained, its guardian, its owner, an attacker, and the plan as a file.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keccak256 } from 'viem/utils'
import { connect } from '../../src/chain/transport/connect.ts'
import type { Rpc } from '../../src/chain/transport/rpc.ts'
import type { Actor } from '../../src/drill/define.ts'
import { encodeCall } from '../../src/drill/encode.ts'
import { makeKit, type LocalKit } from '../../src/drill/kit.ts'
import { startAnvil, type Anvil } from '../../src/local-chain/anvil.ts'
import { compileSolidity } from '../../src/local-chain/solc.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import { planText, type PlanOptions } from './plan-text.ts'
import { until } from './until.ts'
import { vaultSource } from './vault.sol.ts'

export interface SceneOptions {
  readonly seed?: number
  readonly chainId?: number
  readonly decimals?: number
  readonly plan?: PlanOptions
  /** The chain outlives its node. */
  readonly keepsState?: boolean
}

export interface Scene {
  readonly kit: LocalKit
  /** Straight to the node, past every proxy. */
  readonly rpc: Rpc
  readonly vault: Address
  readonly coin: Address
  readonly guardian: Actor
  readonly owner: Actor
  readonly attacker: Actor
  readonly folder: string
  readonly plan: string
  readonly anvil: () => Anvil
  /** Ends the node, lets it keep its state, and starts it again on the same socket. */
  readonly restartNode: () => Promise<void>
  /** Signs a drain of a tenth of the vault, unsent. */
  readonly attack: (more?: { readonly from?: Actor; readonly tip?: bigint }) => Promise<{ readonly raw: Hex; readonly hash: Hex }>
  readonly call: (
    from: Actor,
    functionName: 'pause' | 'unpause' | 'shout' | 'greet',
    tip?: bigint,
  ) => Promise<{ readonly raw: Hex; readonly hash: Hex }>
  readonly paused: () => Promise<boolean>
  readonly held: () => Promise<bigint>
  readonly whole: bigint
  readonly head: () => Promise<bigint>
  readonly stop: () => Promise<void>
}

let scenes = 0

/** Test files run side by side: each scene has keys of its own, since a key has one user on a machine. */
const freshSeed = (): number => process.pid * 1_000 + scenes++

export async function startScene(options: SceneOptions = {}): Promise<Scene> {
  const { seed = freshSeed(), chainId = 31_337, decimals = 6 } = options
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-scene-'))
  const node = {
    noMining: true,
    chainId,
    ipcPath: join(folder, 'node.ipc'),
    ...(options.keepsState ? { extraArgs: ['--state', join(folder, 'chain.json')] } : {}),
  }
  let anvil = await startAnvil(node)
  const rpc = connect(anvil.ipcPath, 'scene')
  const stop = async (): Promise<void> => {
    await rpc.close()
    await anvil.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const kit = makeKit({ request: (method, params) => rpc.request(method, params), seed, chainId })
    const { Vault, Coin } = compileSolidity({ 'Vault.sol': vaultSource })
    if (!Vault || !Coin) throw new Error('the vault does not compile')
    const [guardian, owner, attacker] = [await kit.actor('guardian'), await kit.actor('owner'), await kit.actor('attacker')]
    const whole = 1_000_000n * 10n ** BigInt(decimals)
    const vault = await kit.deploy(Vault, [guardian.address, owner.address], owner)
    const coin = await kit.deploy(Coin, [decimals, vault, whole], owner)
    await kit.call(owner, vault, Vault.abi, 'fill', [coin])
    await kit.mine(3)
    const plan = join(folder, 'vault.plan.ts')
    await writeFile(plan, planText({ vault, coin, guardian: guardian.address, chainId, decimals }, options.plan))

    const signed = async (from: Actor, data: Hex, tip: bigint): Promise<{ raw: Hex; hash: Hex }> => {
      const raw = await kit.sign(from, { to: vault, data, tip, gas: 200_000n })
      return { raw, hash: keccak256(raw) }
    }
    return {
      kit,
      rpc,
      vault,
      coin,
      guardian,
      owner,
      attacker,
      folder,
      plan,
      anvil: () => anvil,
      restartNode: async () => {
        await anvil.stop()
        anvil = await startAnvil(node)
        await until('the node to answer again', () =>
          rpc.request('eth_chainId', []).then(
            () => true,
            () => false,
          ),
        )
      },
      attack: ({ from = attacker, tip = 3_000_000_000n } = {}) => signed(from, encodeCall(Vault.abi, 'exploit', [whole / 10n]), tip),
      call: (from, functionName, tip = 2_000_000_000n) => signed(from, encodeCall(Vault.abi, functionName, []), tip),
      paused: async () => (await kit.read(vault, Vault.abi, 'paused')) === true,
      held: async () => BigInt(String(await kit.read(coin, Coin.abi, 'balanceOf', [vault]))),
      whole,
      head: async () => BigInt(String(await rpc.request('eth_blockNumber', []))),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
