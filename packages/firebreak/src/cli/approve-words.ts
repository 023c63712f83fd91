// What a signer reads before signing: everything that the hash stands for, in words, and what cannot be said.
import type { SafeAuthority } from '../model/brake.ts'
import { safeText } from '../chain/codec/safe-text.ts'
import type { Proposal } from '../responders/proposals/proposal.ts'
import type { InnerCall } from '../responders/authorities/safe-tx.ts'
import type { ProposalLook, SeenCall } from './approve-look.ts'
import type { Io } from './io.ts'

const row = (name: string, text: string): string => `  ${name.padEnd(10)} ${text}`

export function proposalLines(proposal: Proposal, authority: SafeAuthority, look: ProposalLook, paint: Io['paint']): readonly string[] {
  const { transaction, brake, does } = proposal
  const { state, hashes, calls, simulated, holds } = look
  return [
    `${paint('bold', `${does} ${brake}`)} by ${authority.name}, a proposal of ${safeText(proposal.plan.name)}`,
    row('chain', `${authority.chain} (chain ${proposal.chainId})`),
    row('Safe', `${authority.address}, version ${state.version}, ${state.threshold} of ${state.owners.length} owners sign`),
    row('nonce', `${transaction.nonce}${transaction.nonce === state.nonce ? ', the next one' : `; the Safe is at ${state.nonce}`}`),
    row(
      'operation',
      transaction.operation === 0 ? 'a call' : `a delegatecall of MultiSend ${transaction.to}, which makes ${calls.length} calls`,
    ),
    ...calls.flatMap((one, i) => callLines(calls.length === 1 ? 'calls' : `call ${i + 1}`, one, (why) => paint('red', why))),
    planLine(proposal, look, paint),
    ...cancelLines(look, paint),
    ...(simulated.ok
      ? [
          row('simulated', paint('green', 'goes through, from the Safe and past its guard')),
          ...(simulated.changes.length === 0
            ? [row('', 'nothing that the plan reads changes')]
            : simulated.changes.map((change) => row('', `${change.what}: ${change.before} → ${change.after}`))),
        ]
      : [row('simulated', paint('red', `FAILS: ${simulated.why}`))]),
    row('brake', `${brake} ${holdText(holds.before)} now${simulated.ok ? `, and then it ${holdText(holds.after)}` : ''}`),
    ...look.findings.map((finding) => row('beware', paint('yellow', `${authority.name} ${finding}`))),
    ...look.refused.map(({ from, why }) => row('refused', paint('yellow', `${safeText(from)}: ${why}`))),
    row(
      'signed',
      look.has.length === 0 ? `nobody yet, of ${state.threshold}` : `${look.has.join(', ')}: ${look.has.length} of ${state.threshold}`,
    ),
    '  a hardware wallet shows:',
    row('domain', hashes.domain),
    row('message', hashes.message),
    row('safeTxHash', hashes.safeTx),
  ]
}

function callLines(
  name: string,
  { call, decoded }: SeenCall<Pick<InnerCall, 'to' | 'value' | 'data'>>,
  loud: (text: string) => string,
): readonly string[] {
  return [
    row(name, 'why' in decoded ? loud(`NOT READABLE: ${decoded.why}`) : `${decoded.contract}.${decoded.signature}`),
    row('', `at ${call.to}, value ${call.value} wei`),
    ...('why' in decoded ? [row('', `data ${call.data}`)] : decoded.args.map((arg) => row('', `${arg.name} (${arg.type}) = ${arg.value}`))),
  ]
}

function planLine({ brake, does }: Proposal, { isTheBrake, cancels }: ProposalLook, paint: Io['paint']): string {
  const what = does === 'release' ? 'does to be released' : 'calls'
  if (!isTheBrake) return row('the plan', paint('red', `it is NOT what the plan's brake ${brake} ${what}`))
  return row(
    'the plan',
    cancels
      ? `it cancels, as the plan's veto ${brake} may, and does nothing else`
      : `it is to the letter what the plan's brake ${brake} ${what}`,
  )
}

/** What would have been done is nobody's signature here: where it cannot be read it is shown as it is. */
function cancelLines({ cancels }: ProposalLook, paint: Io['paint']): readonly string[] {
  if (!cancels) return []
  const [kind, id] = [
    cancels.operation.slice(0, cancels.operation.indexOf(':')),
    cancels.operation.slice(cancels.operation.indexOf(':') + 1),
  ]
  return [
    row('cancels', `${kind === 'proposal' ? 'proposal' : 'operation'} ${id}`),
    ...(cancels.calls === undefined
      ? [row('', 'what it would do is not in these bytes: `firebreak incident` and the governance’s own page have it')]
      : cancels.calls.flatMap((one, i) => callLines(i === 0 ? 'instead of' : '', one, (why) => paint('yellow', why)))),
  ]
}

const holdText = (holds: boolean | undefined): string => (holds === undefined ? 'cannot be read' : holds ? 'holds' : 'does not hold')
