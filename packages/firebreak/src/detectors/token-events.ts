// The two events that every ERC-20 token has, as typed filters.
import type { AbiEvent } from 'abitype'
import type { LogProbe } from '../model/call.ts'
import type { Scope } from '../model/detector.ts'
import type { Address } from '../model/hex.ts'
import type { At } from './options.ts'

const event = (name: string, from: string, to: string): AbiEvent => ({
  type: 'event',
  name,
  inputs: [
    { name: from, type: 'address', indexed: true },
    { name: to, type: 'address', indexed: true },
    { name: 'value', type: 'uint256' },
  ],
})

export type TransferProbe = LogProbe<{ from: Address; to: Address; value: bigint }>
export type ApprovalProbe = LogProbe<{ owner: Address; spender: Address; value: bigint }>

export const nobody: Address = '0x0000000000000000000000000000000000000000'

// The decoders are compiled from the events above, so the arguments are those that the types say.
export const transfersOf = (scope: Scope, { address, chain }: At): TransferProbe =>
  scope.event({ kind: 'event', chain, address, event: event('Transfer', 'from', 'to') }) as TransferProbe

export const approvalsOf = (scope: Scope, { address, chain }: At): ApprovalProbe =>
  scope.event({ kind: 'event', chain, address, event: event('Approval', 'owner', 'spender') }) as ApprovalProbe
