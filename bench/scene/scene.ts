// The scene of the benches: a vault with six brakes and a hole, three tokens, a guardian and an attacker, on a local chain.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { keccak256, numberToHex, toBytes } from 'viem/utils'
import { encodeCall } from '../../packages/firebreak/src/drill/encode.ts'
import { makeKit } from '../../packages/firebreak/src/drill/kit.ts'
import { compileSolidity } from '../../packages/firebreak/src/local-chain/solc.ts'
import type { Address, Hex } from '../../packages/firebreak/src/model/hex.ts'
import { tokenAbi, vaultAbi } from './abi.ts'

/** One vault and its people; the engine guards one, the floor another. */
export interface Side {
  readonly vault: Address
  readonly guardian: Address
  readonly guardianKey: Hex
  readonly attacker: Address
  readonly attackerKey: Hex
}

export interface BenchScene {
  readonly chainId: number
  readonly tokens: readonly [Address, Address, Address]
  readonly feed: Address
  readonly router: Address
  readonly owner: Address
  readonly ownerKey: Hex
  readonly sides: { readonly ours: Side; readonly floor: Side }
}

export type Request = (method: string, params: readonly unknown[]) => Promise<unknown>

const held = 1_000_000n * 10n ** 18n
/** What the attack takes: most of one token. */
const taken = 900_000n * 10n ** 18n

export async function buildScene(request: Request, chainId: number): Promise<BenchScene> {
  const sources = { 'Vault.sol': readFileSync(join(import.meta.dirname, 'Vault.sol'), 'utf8') }
  const compiled = compileSolidity(sources)
  const artifact = (name: string) => {
    const found = compiled[name]
    if (!found) throw new Error(`Vault.sol has no contract ${name}`)
    return found
  }
  const kit = makeKit({ request, seed: 1, chainId })
  const owner = await kit.actor('owner')
  const deploy = async (name: string, args: readonly unknown[] = []): Promise<Address> => kit.deploy(artifact(name), args, owner)
  const tokens = [await deploy('BenchToken'), await deploy('BenchToken'), await deploy('BenchToken')] as const
  const [feed, router] = [await deploy('BenchFeed'), await deploy('BenchRouter')]
  const side = async (name: string): Promise<Side> => {
    const [guardian, attacker] = [keyOf(`${name} guardian`), keyOf(`${name} attacker`)]
    for (const who of [guardian, attacker]) await request('anvil_setBalance', [who.address, numberToHex(10n ** 24n)])
    const vault = await deploy('BenchVault', [guardian.address])
    for (const token of tokens) await kit.send(owner, { to: vault, data: encodeCall(vaultAbi, 'deposit', [token, held]) })
    return { vault, guardian: guardian.address, guardianKey: guardian.key, attacker: attacker.address, attackerKey: attacker.key }
  }
  return {
    chainId,
    tokens: [...tokens],
    feed,
    router,
    owner: owner.address,
    ownerKey: owner.privateKey,
    sides: { ours: await side('ours'), floor: await side('floor') },
  }
}

function keyOf(name: string): { readonly address: Address; readonly key: Hex } {
  const key = keccak256(toBytes(`firebreak bench ${name}`))
  return { address: privateKeyToAccount(key).address, key }
}

export const attackData = (scene: BenchScene): Hex => encodeCall(vaultAbi, 'withdraw', [scene.tokens[0], taken])
export const releaseData: Hex = encodeCall(vaultAbi, 'release', [])
export const transferData = (to: Address): Hex => encodeCall(tokenAbi, 'transfer', [to, 0n])
