// All that a running instance knows of its proposals: the files beside its journal, and what transaction services said when they were last asked.
import type { Address, Hex } from '../../model/hex.ts'
import type { Approval } from '../authorities/safe-signatures.ts'
import type { Collected } from '../authorities/safe.ts'
import type { Folder } from './folder.ts'
import type { Proposal } from './proposal.ts'
import type { Offered, Service } from './service.ts'

export interface Proposals extends Collected {
  readonly publish: (proposal: Proposal) => void
  readonly over: (id: Hex, why: string) => void
  /** Asks the services in the background; what they say counts at the next look, and their silence keeps nobody waiting. */
  readonly refresh: () => void
}

export interface ProposalOptions {
  readonly folder: Folder
  /** By Safe. */
  readonly services: ReadonlyMap<Address, Service>
  readonly onTrouble: (what: string) => void
}

export function proposals({ folder, services, onTrouble }: ProposalOptions): Proposals {
  const open = new Map<Hex, Proposal>()
  const offered = new Map<Address, { readonly nonce: bigint; readonly all: readonly Offered[] }>()
  const asking = new Set<Address>()
  let last: string | undefined

  const ask = async (safe: Address, nonce: bigint, service: Service): Promise<void> => {
    if (asking.has(safe)) return
    asking.add(safe)
    try {
      offered.set(safe, { nonce, all: await service.atNonce(safe, nonce) })
      last = undefined
    } catch (error) {
      const said = `signatures could not be fetched: ${error instanceof Error ? error.message : String(error)}`
      if (said !== last) onTrouble(said)
      last = said
    } finally {
      asking.delete(safe)
    }
  }

  return {
    approvals: (hash): readonly Approval[] => [
      ...folder.approvals(hash),
      ...[...offered.values()].flatMap(({ all }) => all.filter((one) => one.hash === hash).flatMap((one) => one.approvals)),
    ],
    rivals: (safe, nonce, hash) => [
      ...[...open.values()]
        .filter((one) => one.safe === safe && one.transaction.nonce === nonce && one.id !== hash)
        .map((one) => `the proposal ${one.id.slice(0, 10)} to ${one.does} ${one.brake}`),
      ...(offered.get(safe)?.nonce === nonce ? (offered.get(safe)?.all ?? []) : [])
        .filter((one) => one.hash !== hash && !open.has(one.hash))
        .map((one) => `somebody's transaction ${one.hash.slice(0, 10)} in the transaction service`),
    ],
    publish: (proposal) => {
      open.set(proposal.id, proposal)
      folder.publish(proposal)
      const service = services.get(proposal.safe)
      if (service) void ask(proposal.safe, proposal.transaction.nonce, service)
    },
    over: (id, why) => {
      open.delete(id)
      folder.over(id, why)
    },
    refresh: () => {
      for (const { safe, transaction } of open.values()) {
        const service = services.get(safe)
        if (service) void ask(safe, transaction.nonce, service)
      }
    },
  }
}
