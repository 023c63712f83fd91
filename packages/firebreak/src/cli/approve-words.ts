// What a signer reads before signing: everything that the hash stands for, in words, and what cannot be said.
import type { SafeAuthority } from '../model/brake.ts'
import { safeText } from '../chain/codec/safe-text.ts'
import type { Proposal } from '../responders/proposals/proposal.ts'
import type { ProposalLook } from './approve-look.ts'
import type { Io } from './io.ts'

export function proposalLines(proposal: Proposal, authority: SafeAuthority, look: ProposalLook, paint: Io['paint']): readonly string[] {
  const { transaction, brake, does } = proposal
  const { state, hashes, calls, simulated, holds } = look
  const row = (name: string, text: string): string => `  ${name.padEnd(10)} ${text}`
  return [
    `${paint('bold', `${does} ${brake}`)} by ${authority.name}, a proposal of ${safeText(proposal.plan.name)}`,
    row('chain', `${authority.chain} (chain ${proposal.chainId})`),
    row('Safe', `${authority.address}, version ${state.version}, ${state.threshold} of ${state.owners.length} owners sign`),
    row('nonce', `${transaction.nonce}${transaction.nonce === state.nonce ? ', the next one' : `; the Safe is at ${state.nonce}`}`),
    row(
      'operation',
      transaction.operation === 0 ? 'a call' : `a delegatecall of MultiSend ${transaction.to}, which makes ${calls.length} calls`,
    ),
    ...calls.flatMap(({ call, decoded }, i) => [
      row(
        calls.length === 1 ? 'calls' : `call ${i + 1}`,
        'why' in decoded ? paint('red', `NOT READABLE: ${decoded.why}`) : paint('bold', `${decoded.contract}.${decoded.signature}`),
      ),
      row('', `at ${call.to}, value ${call.value} wei`),
      ...('why' in decoded
        ? [row('', `data ${call.data}`)]
        : decoded.args.map((arg) => row('', `${arg.name} (${arg.type}) = ${arg.value}`))),
    ]),
    look.isTheBrake
      ? row('the plan', `it is to the letter what the plan's brake ${brake} ${does === 'release' ? 'does to be released' : 'calls'}`)
      : row('the plan', paint('red', `it is NOT what the plan's brake ${brake} ${does === 'release' ? 'does to be released' : 'calls'}`)),
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

const holdText = (holds: boolean | undefined): string => (holds === undefined ? 'cannot be read' : holds ? 'holds' : 'does not hold')
