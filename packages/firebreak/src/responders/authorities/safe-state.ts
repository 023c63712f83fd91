// What a Safe says of itself at a block: its version, owners, threshold and nonce, and what else has power over it.
import { getAddress } from 'viem'
import type { SafeAuthority } from '../../model/brake.ts'
import type { Answers, Probe } from '../../model/call.ts'
import type { Address, Hex } from '../../model/hex.ts'
import { viewProbe } from './probe.ts'
import type { SafeTx } from './safe-tx.ts'

export interface SafeState {
  readonly version: string
  readonly nonce: bigint
  readonly owners: readonly Address[]
  readonly threshold: number
  readonly guard: Address | undefined
  /** Of modules, from 1.5.0 on. */
  readonly moduleGuard: Address | undefined
  readonly modules: readonly Address[]
  readonly fallbackHandler: Address | undefined
}

/** keccak256('guard_manager.guard.address'), and so on. */
const guardSlot = 0x4a204f620c8c5ccdca3fd54d003badd85ba500436a431f0cbda4f558c93c34c8n
const moduleGuardSlot = 0xb104e0b93118902c651344349b610029d694cfdec91c589c91ebafbcd0289947n
const handlerSlot = 0x6c9a6c4a39284e37ed1cf53d337577d14212a4870fb976a4366c693b939918d5n
const sentinel: Address = '0x0000000000000000000000000000000000000001'
const mostModules = 20n

/** Official call-only MultiSend by version, at the same address on every chain that has it. */
export const multiSends: Readonly<Record<string, Address>> = {
  '1.3.0': '0x40A2aCCbd92BCA938b02010E17A5b8929b49130D',
  '1.4.1': '0x9641d764fc13c8B624c04430C7356C1C7C8102e2',
  '1.5.0': '0xA83c336B20401Af773B6219BA5027174338D1836',
}

/** Official handlers for calls that a Safe does not know itself. */
const handlers: readonly Address[] = [
  '0xf48f2B2d2a534e402487b3ee7C18c33Aec0Fe5e4',
  '0xfd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99',
  '0x3EfCBb83A4A7AfcB4F68D501E2c2203a38be77f4',
]

export function safeViews({ chain, address, name }: Pick<SafeAuthority, 'chain' | 'address' | 'name'>) {
  const view = <out>(signature: string, args: readonly unknown[], says: string): Probe<out> =>
    viewProbe<out>(chain, address, signature, args, `${name}.${says}`)
  const slot = (at: bigint, says: string): Probe<Hex> =>
    view<Hex>('function getStorageAt(uint256 offset, uint256 length) view returns (bytes)', [at, 1n], says)
  return {
    version: view<string>('function VERSION() view returns (string)', [], 'VERSION()'),
    nonce: view<bigint>('function nonce() view returns (uint256)', [], 'nonce()'),
    owners: view<readonly Address[]>('function getOwners() view returns (address[])', [], 'getOwners()'),
    threshold: view<bigint>('function getThreshold() view returns (uint256)', [], 'getThreshold()'),
    modules: view<readonly [readonly Address[], Address]>(
      'function getModulesPaginated(address start, uint256 pageSize) view returns (address[] array, address next)',
      [sentinel, mostModules],
      'modules',
    ),
    guard: slot(guardSlot, 'guard'),
    moduleGuard: slot(moduleGuardSlot, 'module guard'),
    handler: slot(handlerSlot, 'fallback handler'),
    hash: (tx: SafeTx): Probe<Hex> =>
      view<Hex>(
        'function getTransactionHash(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, uint256 nonce) view returns (bytes32)',
        [tx.to, tx.value, tx.data, tx.operation, 0n, 0n, 0n, nobody, nobody, tx.nonce],
        `getTransactionHash(nonce ${tx.nonce})`,
      ),
    approved: (owner: Address, hash: Hex): Probe<bigint> =>
      view<bigint>('function approvedHashes(address owner, bytes32 hash) view returns (uint256)', [owner, hash], `approval of ${owner}`),
  }
}

const nobody: Address = '0x0000000000000000000000000000000000000000'

/** Whether a contract accepts a signature: asked with the hash, or, before 1.5.0, with what was hashed. */
export function acceptsProbe(chain: string, version: string, owner: Address, hash: Hex, preimage: Hex, signature: Hex): Probe<Hex> {
  const modern = version !== '1.3.0' && version !== '1.4.1'
  return modern
    ? viewProbe<Hex>(
        chain,
        owner,
        'function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)',
        [hash, signature],
        'signature of a contract',
      )
    : viewProbe<Hex>(
        chain,
        owner,
        'function isValidSignature(bytes data, bytes signature) view returns (bytes4)',
        [preimage, signature],
        'signature of a contract',
      )
}
/** What a contract answers that accepts: by the hash, and by the data. */
export const accepted: readonly string[] = ['0x1626ba7e', '0x20c13b0b']

/** Undefined, with the reason, when it does not answer like a Safe. */
export function safeState(authority: SafeAuthority, at: Answers): SafeState | { readonly why: string } {
  const views = safeViews(authority)
  const [version, nonce, owners, threshold] = [views.version.of(at), views.nonce.of(at), views.owners.of(at), views.threshold.of(at)]
  for (const read of [version, nonce, owners, threshold]) if (!read.ok) return { why: read.why }
  if (!version.ok || !nonce.ok || !owners.ok || !threshold.ok) return { why: 'it could not be read' }
  const modules = views.modules.of(at)
  return {
    version: version.value,
    nonce: nonce.value,
    owners: owners.value.map((owner) => getAddress(owner)),
    threshold: Number(threshold.value),
    guard: addressIn(views.guard, at),
    moduleGuard: addressIn(views.moduleGuard, at),
    modules: modules.ok ? modules.value[0].map((module) => getAddress(module)) : [],
    fallbackHandler: addressIn(views.handler, at),
  }
}

function addressIn(slot: Probe<Hex>, at: Answers): Address | undefined {
  const read = slot.of(at)
  const digits = read.ok ? read.value.slice(-40) : ''
  return /[1-9a-f]/i.test(digits) ? getAddress(`0x${digits.padStart(40, '0')}`) : undefined
}

/** What people should know before they rely on this Safe. */
export function safeFindings({ name, known }: SafeAuthority, state: SafeState): readonly string[] {
  const stranger = (address: Address | undefined): address is Address => address !== undefined && !known.includes(address)
  return [
    ...(multiSends[state.version] ? [] : [`is a Safe of version ${state.version}, which Firebreak has not been tested with`]),
    ...(stranger(state.guard) ? [`has a guard that the plan does not know, ${state.guard}: it can refuse whatever the owners sign`] : []),
    ...(stranger(state.moduleGuard) ? [`has a guard of modules that the plan does not know, ${state.moduleGuard}`] : []),
    ...state.modules
      .filter(stranger)
      .map((module) => `has a module that the plan does not know, ${module}: it acts for the Safe without any signature`),
    ...(stranger(state.fallbackHandler) && !handlers.includes(state.fallbackHandler)
      ? [`has a fallback handler that the plan does not know, ${state.fallbackHandler}: it answers in the Safe's name`]
      : []),
    ...(state.threshold === 1 && state.owners.length > 1
      ? [`asks for one signature only: any of its ${state.owners.length} owners is enough`]
      : []),
    ...(state.threshold === state.owners.length && state.owners.length > 1
      ? [`asks all of its ${state.owners.length} owners: one who cannot be reached stops everything`]
      : []),
    ...(state.threshold > state.owners.length
      ? [`asks for ${state.threshold} signatures of ${state.owners.length} owners: nobody can use ${name}`]
      : []),
  ]
}
