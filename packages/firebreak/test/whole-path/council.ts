// The whole-path scene with a council: a vault that only a Safe may pause, three owners with keystores, and a key that carries out what they sign.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeKeystore } from '../../src/plan/keystore.ts'
import type { Actor } from '../../src/drill/define.ts'
import { encodeCall } from '../../src/drill/encode.ts'
import { compileSolidity } from '../../src/local-chain/solc.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import { cliJson, type Ended } from '../support/cli.ts'
import { deploySafe, ownerSigns, type DeployedSafe, type SafeVersion } from '../support/safes.ts'
import { startFirebreak, type Firebreak } from './processes.ts'
import { startScene, type Scene } from './scene.ts'
import { vaultSource } from './vault.sol.ts'

/** What `approve --json` prints, as far as a test looks at it by itself. */
export interface Approved {
  readonly id: string
  readonly why: string
  readonly waiting: readonly { readonly id: string }[]
  readonly refused: readonly unknown[]
  readonly blind: readonly string[]
}

export interface Council {
  readonly scene: Scene
  readonly safe: DeployedSafe
  readonly vault: Address
  readonly owners: readonly Actor[]
  readonly firebreak: () => Firebreak
  /** Drains a tenth, mined. */
  readonly drain: () => Promise<void>
  readonly paused: () => Promise<boolean>
  readonly approve: (...args: readonly string[]) => Promise<Ended & { readonly document: Approved }>
  readonly keystore: (owner: number) => readonly string[]
  /** The owners agree on something else, by hand. */
  readonly executes: (to: Address, data: Hex, nonce: bigint) => Promise<void>
  readonly env: Readonly<Record<string, string>>
}

export interface CouncilOptions {
  readonly version?: SafeVersion
  /** `by` and `respond`, as the plan writes them. */
  readonly by?: string
  readonly respond?: string
  readonly more?: string
  /** Also the guardian of the vault, beside the Safe that owns it. */
  readonly guardian?: 'sentinel' | 'nobody'
}

export async function onCouncil(options: CouncilOptions, body: (council: Council) => Promise<void>): Promise<void> {
  const scene = await startScene()
  const running: Firebreak[] = []
  try {
    const { kit } = scene
    const owners = await Promise.all(['alice', 'bob', 'carol'].map((name) => kit.actor(name)))
    const safe = await deploySafe(
      kit,
      options.version ?? '1.4.1',
      owners.map((owner) => owner.address),
      2,
      scene.owner,
    )
    const { Vault, Coin } = compileSolidity({ 'Vault.sol': vaultSource })
    if (!Vault || !Coin) throw new Error('the vault does not compile')
    const guardian = options.guardian === 'sentinel' ? scene.guardian.address : safe.address
    const vault = await kit.deploy(Vault, [guardian, safe.address], scene.owner)
    const coin = await kit.deploy(Coin, [6, vault, scene.whole], scene.owner)
    await kit.call(scene.owner, vault, Vault.abi, 'fill', [coin])
    await kit.mine(3)
    await writeFile(scene.plan, planText({ vault, coin, safe, guardian: scene.guardian.address }, options))
    for (const [i, owner] of owners.entries())
      await writeFile(join(scene.folder, `owner-${i}.json`), writeKeystore(owner.privateKey, 'secret', 2))
    const env = { SCENE_RPC: scene.anvil().ipcPath, OWNER_PASSWORD: 'secret', NO_COLOR: '1' }
    await body({
      scene,
      safe,
      vault,
      owners,
      env,
      firebreak: () => {
        const firebreak = startFirebreak(scene, { endpoint: scene.anvil().ipcPath })
        running.push(firebreak)
        return firebreak
      },
      drain: async () => {
        await kit.send(scene.attacker, { to: vault, data: encodeCall(Vault.abi, 'exploit', [scene.whole / 10n]), gas: 200_000n })
      },
      paused: async () => (await kit.read(vault, Vault.abi, 'paused')) === true,
      approve: async (...args) => {
        const ended = await cliJson(['approve', ...args, '--plan', scene.plan], { env })
        return { ...ended, document: ended.document as Approved }
      },
      keystore: (owner) => ['--signer', `keystore:${join(scene.folder, `owner-${owner}.json`)}`, '--password', 'OWNER_PASSWORD'],
      executes: async (to, data, nonce) => {
        const args = [to, 0n, data, 0, 0n, 0n, 0n, nobody, nobody] as const
        const hash = (await kit.read(safe.address, safe.abi, 'getTransactionHash', [...args, nonce])) as Hex
        const signers = owners.slice(0, 2).toSorted((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1))
        const signatures = (await Promise.all(signers.map((owner) => ownerSigns(owner, hash)))).map((one) => one.slice(2)).join('')
        await kit.call(scene.owner, safe.address, safe.abi, 'execTransaction', [...args, `0x${signatures}`])
      },
    })
  } finally {
    for (const firebreak of running) {
      if (firebreak.alive()) firebreak.kill()
      await firebreak.exited
    }
    await scene.stop()
  }
}

const nobody: Address = '0x0000000000000000000000000000000000000000'

function planText(
  at: { readonly vault: Address; readonly coin: Address; readonly safe: DeployedSafe; readonly guardian: Address },
  { by = "'council'", respond = "on('drain').propose('pause').to('council')", more = '' }: CouncilOptions,
): string {
  return `import { asset, definePlan, env, evm, fixed, key, outflow, safe } from 'firebreak'

const vaultAbi = [
  { type: 'function', name: 'paused', stateMutability: 'view', inputs: [], outputs: [{ type: 'bool', name: '' }] },
  { type: 'function', name: 'pause', stateMutability: 'nonpayable', inputs: [], outputs: [] },
  { type: 'function', name: 'unpause', stateMutability: 'nonpayable', inputs: [], outputs: [] },
] as const
const coinAbi = [
  { type: 'function', name: 'balanceOf', stateMutability: 'view', inputs: [{ type: 'address', name: 'who' }], outputs: [{ type: 'uint256', name: '' }] },
] as const

const local = evm('local', { id: 31337, rpc: env('SCENE_RPC'), finality: 12 })
const vault = local.at('${at.vault}', vaultAbi)
const coin = local.at('${at.coin}', coinAbi)

export default definePlan({
  name: 'vault',
  contracts: { vault },
  assets: { coin: asset({ token: coin, decimals: 6, price: fixed('$1'), heldBy: [vault] }) },
  watch: { drain: outflow({ from: vault, asset: 'coin', window: '10m', above: '5%' }) },
  authorities: {
    sentinel: key({ address: '${at.guardian}', signer: env('GUARDIAN_KEY'), chain: local }),
    council: safe({ address: '${at.safe.address}', chain: local, executor: 'sentinel', multiSend: '${at.safe.multiSend}', known: ['${at.safe.handler}'], ${more} }),
  },
  brakes: {
    pause: {
      call: vault.write.pause(),
      holds: vault.read.paused(),
      undo: vault.write.unpause(),
      by: ${by},
      falsePauseCosts: '$100/h',
    },
  },
  respond: (on) => [${respond}],
  bounds: { priceWindow: 5 },
})
`
}
