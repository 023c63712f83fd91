// Test support: real Safes of each version, from the packages that their authors publish.
import { getAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Actor, Artifact } from '../../src/drill/define.ts'
import { encodeCall } from '../../src/drill/encode.ts'
import type { LocalKit } from '../../src/drill/kit.ts'
import { openPackage, type PinnedPackage } from '../../src/drill/package-tarball.ts'
import type { Address, Hex } from '../../src/model/hex.ts'

export type SafeVersion = '1.3.0' | '1.4.1' | '1.5.0'
export const safeVersions: readonly SafeVersion[] = ['1.3.0', '1.4.1', '1.5.0']

const packages: Readonly<Record<SafeVersion, PinnedPackage>> = {
  '1.3.0': {
    name: '@gnosis.pm/safe-contracts',
    version: '1.3.0',
    integrity: 'sha512-1p+1HwGvxGUVzVkFjNzglwHrLNA67U/axP0Ct85FzzH8yhGJb4t9jDjPYocVMzLorDoWAfKicGy1akPY9jXRVw==',
  },
  '1.4.1': {
    name: '@safe-global/safe-contracts',
    version: '1.4.1',
    integrity: 'sha512-fP1jewywSwsIniM04NsqPyVRFKPMAuirC3ftA/TA4X3Zc5EnwQp/UCJUU2PL/37/z/jMo8UUaJ+pnFNWmMU7dQ==',
  },
  '1.5.0': {
    name: '@safe-global/safe-smart-account',
    version: '1.5.0',
    integrity: 'sha512-VIMWxoeY/kNuZVsQVvAeOFKcQS3eojCXg0ecGnesBSLn5ypYshmBhVEEU5XiurJJGTs/MrcoLTbTxhs9W9GvdQ==',
  },
}

const nobody: Address = '0x0000000000000000000000000000000000000000'

export interface SafeKit {
  readonly singleton: Artifact
  readonly factory: Artifact
  readonly multiSend: Artifact
  readonly handler: Artifact
  readonly debugGuard: Artifact
  readonly delegateGuard: Artifact
}

export async function safeArtifacts(version: SafeVersion): Promise<SafeKit> {
  const opened = await openPackage(packages[version])
  const contract = (path: string): Artifact => opened.artifact(`build/artifacts/contracts/${path}.json`)
  const old = version === '1.3.0' ? 'Gnosis' : ''
  return {
    singleton: contract(`${old}Safe.sol/${old}Safe`),
    factory: contract(`proxies/${old}SafeProxyFactory.sol/${old}SafeProxyFactory`),
    multiSend: contract('libraries/MultiSendCallOnly.sol/MultiSendCallOnly'),
    handler: contract('handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler'),
    debugGuard: contract('examples/guards/DebugTransactionGuard.sol/DebugTransactionGuard'),
    delegateGuard: contract('examples/guards/DelegateCallTransactionGuard.sol/DelegateCallTransactionGuard'),
  }
}

export interface DeployedSafe {
  readonly version: SafeVersion
  readonly address: Address
  readonly multiSend: Address
  readonly handler: Address
  readonly abi: readonly unknown[]
  readonly artifacts: SafeKit
}

/** Singleton, factory and proxy, as everybody's Safe is made. */
export async function deploySafe(
  kit: LocalKit,
  version: SafeVersion,
  owners: readonly Address[],
  threshold: number,
  from: Actor,
): Promise<DeployedSafe> {
  const artifacts = await safeArtifacts(version)
  const singleton = await kit.deploy(artifacts.singleton, [], from)
  const factory = await kit.deploy(artifacts.factory, [], from)
  const multiSend = await kit.deploy(artifacts.multiSend, [], from)
  const handler = await kit.deploy(artifacts.handler, [], from)
  const setup = encodeCall(artifacts.singleton.abi, 'setup', [owners, threshold, nobody, '0x', handler, nobody, 0n, nobody])
  const hash = await kit.call(from, factory, artifacts.factory.abi, 'createProxyWithNonce', [singleton, setup, BigInt(kit.seed)])
  const receipt = (await kit.rpc('eth_getTransactionReceipt', [hash])) as { logs: { address: string; topics: string[]; data: string }[] }
  // ProxyCreation(proxy, singleton): the proxy is a topic from 1.4 on, and the first word of the data before.
  const created = receipt.logs.find((log) => log.address.toLowerCase() === factory.toLowerCase())
  const word = created?.topics[1] ?? created?.data.slice(0, 66) ?? ''
  return { version, address: getAddress(`0x${word.slice(-40)}`), multiSend, handler, abi: artifacts.singleton.abi, artifacts }
}

/** An owner's signature over a Safe transaction's hash. */
export async function ownerSigns(owner: Actor, hash: Hex): Promise<Hex> {
  return privateKeyToAccount(owner.privateKey).sign({ hash })
}

/** The same over the hash as a message, for wallets that cannot do otherwise: a Safe knows it by its v. */
export async function ownerSignsMessage(owner: Actor, hash: Hex): Promise<Hex> {
  const signature = await privateKeyToAccount(owner.privateKey).signMessage({ message: { raw: hash } })
  return `${signature.slice(0, 130)}${(Number.parseInt(signature.slice(130), 16) + 4).toString(16)}` as Hex
}
