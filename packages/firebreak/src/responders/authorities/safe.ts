// A Safe as a route: prepares what its owners sign for the next nonce, counts signatures, and hands the execution to a key.
import type { SafeAuthority } from '../../model/brake.ts'
import type { Answers, EncodedCall, Probe } from '../../model/call.ts'
import type { Address, Hex } from '../../model/hex.ts'
import type { Ask, Rehearsal, Route, RouteStep } from '../../model/route.ts'
import { checkApprovals, consentOf, consentStorage, contractParts, signatureBytes, soleConsentStorage } from './safe-signatures.ts'
import type { Approval, Checked } from './safe-signatures.ts'
import { accepted, acceptsProbe, multiSends, safeFindings, safeState, safeViews, type SafeState } from './safe-state.ts'
import { execCall, messageOf, preimageOf, safeHashes, safeTxOf, type SafePlace, type SafeTx } from './safe-tx.ts'

/** What people sent, and what else is proposed: looked up, never asked for over a network. */
export interface Collected {
  readonly approvals: (hash: Hex) => readonly Approval[]
  /** Other proposals that are known for this nonce. */
  readonly rivals: (safe: Address, nonce: bigint, hash: Hex) => readonly string[]
}

export const nobodySigned: Collected = { approvals: () => [], rivals: () => [] }

/** @example safeRoute(council, folder).next(brake.calls, { answers, timestamp }) */
export function safeRoute(authority: SafeAuthority, collected: Collected = nobodySigned): Route {
  const { name, chain, address } = authority
  const place: SafePlace = { chainId: authority.chainId, safe: address }
  const views = safeViews(authority)
  const general: readonly Probe[] = [
    views.version,
    views.nonce,
    views.owners,
    views.threshold,
    views.modules,
    views.guard,
    views.moduleGuard,
    views.handler,
  ]

  const txOf = (calls: readonly EncodedCall[], state: SafeState): SafeTx | undefined => {
    const multiSend = authority.multiSend ?? multiSends[state.version]
    return calls.length === 1 || multiSend !== undefined ? safeTxOf(calls, state.nonce, multiSend ?? address) : undefined
  }
  const noMultiSend = (state: SafeState): { readonly why: string; readonly mend: string } => ({
    why: `no call-only MultiSend is known for a Safe of version ${state.version}`,
    mend: `name the one on this chain: authorities.${name}.multiSend`,
  })

  const reads = (calls: readonly EncodedCall[], known: Answers): readonly Probe[] => {
    const state = safeState(authority, known)
    const tx = 'why' in state || calls.length === 0 ? undefined : txOf(calls, state)
    if ('why' in state || !tx) return general
    const hash = safeHashes(tx, place).safeTx
    const contracts = contractParts(collected.approvals(hash)).filter(({ owner }) => state.owners.includes(owner))
    return [
      ...general,
      views.hash(tx),
      ...state.owners.map((owner) => views.approved(owner, hash)),
      ...contracts.map(({ owner, signature }) => acceptsProbe(chain, state.version, owner, hash, preimageOf(tx, place), signature)),
    ]
  }

  const approvedBy = (owners: readonly Address[], hash: Hex, at: Answers): ReadonlySet<Address> =>
    new Set(
      owners.filter((owner) => {
        const read = views.approved(owner, hash).of(at)
        return read.ok && read.value > 0n
      }),
    )

  const checked = (tx: SafeTx, state: SafeState, at: Answers): Checked => {
    const hash = safeHashes(tx, place).safeTx
    return checkApprovals(collected.approvals(hash), tx, place, {
      owners: state.owners,
      approved: approvedBy(state.owners, hash, at),
      accepts: (owner, signature) => {
        const read = acceptsProbe(chain, state.version, owner, hash, preimageOf(tx, place), signature).of(at)
        return read.ok ? accepted.includes(read.value) : read.why === 'it reverted' ? false : undefined
      },
    })
  }

  const next = (calls: readonly EncodedCall[], at: Answers & { readonly timestamp: bigint }): RouteStep => {
    const state = safeState(authority, at)
    if ('why' in state)
      return {
        kind: 'stuck',
        why: `${name} at ${address} does not answer like a Safe: ${state.why}`,
        mend: `correct authorities.${name}.address`,
      }
    const tx = txOf(calls, state)
    if (!tx) return { kind: 'stuck', ...noMultiSend(state) }
    const hash = safeHashes(tx, place).safeTx
    const own = views.hash(tx).of(at)
    if (own.ok && own.value !== hash)
      return {
        kind: 'stuck',
        why: `${name} gives its transaction the hash ${own.value}, and by the rules of Safes it is ${hash}`,
        mend: 'nobody should sign for it: it is no Safe that Firebreak knows',
      }
    if (state.threshold > state.owners.length)
      return {
        kind: 'stuck',
        why: `${name} asks for ${state.threshold} signatures of ${state.owners.length} owners`,
        mend: 'use another authority',
      }
    const { parts, refused } = checked(tx, state, at)
    if (own.ok && parts.length >= state.threshold && authority.executor !== undefined)
      return { kind: 'send', calls: [execCall(address, name, tx, signatureBytes(parts, state.threshold))], completes: true }
    const has = parts.map((part) => part.owner)
    const ask: Ask = {
      id: hash,
      says: `${calls.map((call) => call.label).join(', then ')} by ${name}, at its nonce ${tx.nonce}`,
      needs: state.threshold,
      has,
      lacks: state.owners.filter((owner) => !has.includes(owner)),
      refused,
      notes: [
        ...safeFindings(authority, state).map((finding) => `${name} ${finding}`),
        ...collected
          .rivals(address, tx.nonce, hash)
          .map((rival) => `${rival} wants the same nonce ${tx.nonce}: whichever is carried out first makes the other one stale`),
        ...(has.length >= state.threshold
          ? ['enough owners have signed: somebody has to carry it out, because the plan names no executor']
          : []),
      ],
      proposal: { safe: address, chainId: authority.chainId, safeVersion: state.version, transaction: messageOf(tx) },
    }
    return { kind: 'people', ask }
  }

  const rehearse = (calls: readonly EncodedCall[], at: Answers | undefined): Rehearsal => {
    const sender = authority.executorAddress
    if (sender === undefined) return { ok: false, why: `the plan names no executor for ${name}: nobody to simulate it from` }
    if (at === undefined) {
      // Which version it is cannot be known yet; a plan with several calls and another version names its MultiSend.
      const tx = safeTxOf(calls, 0n, authority.multiSend ?? multiSends['1.4.1'] ?? address)
      return { ok: true, calls: [execCall(address, name, tx, consentOf(sender))], storage: { [address]: soleConsentStorage(sender) } }
    }
    const state = safeState(authority, at)
    if ('why' in state) return { ok: false, why: `${address} does not answer like a Safe: ${state.why}` }
    const tx = txOf(calls, state)
    if (!tx) return { ok: false, why: noMultiSend(state).why }
    if (state.threshold > state.owners.length)
      return { ok: false, why: `it asks for ${state.threshold} signatures of ${state.owners.length} owners` }
    const signers = state.owners.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).slice(0, state.threshold)
    const signatures = signatureBytes(
      signers.map((owner) => ({ owner, head: consentOf(owner), tail: undefined })),
      state.threshold,
    )
    return {
      ok: true,
      calls: [execCall(address, name, tx, signatures)],
      storage: { [address]: consentStorage(signers, safeHashes(tx, place).safeTx) },
    }
  }

  return {
    authority: name,
    sender: authority.executor,
    reads,
    next,
    rehearse,
    delay: (at) => {
      const state = safeState(authority, at)
      const who = 'why' in state ? 'its owners' : `${state.threshold} of ${state.owners.length} owners`
      return { ms: authority.signersTakeMs, why: `${who} have to sign` }
    },
    findings: (at) => {
      const state = safeState(authority, at)
      return 'why' in state ? [`does not answer like a Safe: ${state.why}`] : safeFindings(authority, state)
    },
  }
}
