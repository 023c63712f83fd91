// What waits for signatures, and what else is asked of the same owners.
import { folderOf, proposalFolder, type Folder } from '../responders/proposals/folder.ts'
import type { Proposal } from '../responders/proposals/proposal.ts'
import type { Offered } from '../responders/proposals/service.ts'
import type { ExitCode, Io } from './io.ts'
import { openPlan } from './open-plan.ts'

export async function listWaiting(options: { readonly plan: string; readonly journal?: string }, io: Io): Promise<ExitCode> {
  const opened = await openPlan(options.plan, io)
  const waiting = proposalFolder(folderOf(opened.journalPath(options.journal))).list()
  const open = waiting.filter((one) => one.over === undefined)
  for (const { proposal } of open) {
    io.say(
      `${io.paint('bold', proposal.id.slice(0, 10))} ${proposal.does} ${proposal.brake} by ${proposal.authority} on ${proposal.chain}, nonce ${proposal.transaction.nonce}`,
    )
    io.say(`           ${proposal.says}`)
  }
  if (open.length === 0) io.say('nothing waits for signatures')
  io.document({
    waiting: open.map(({ file, proposal: { id, does, brake, authority, chain, says, at, transaction } }) => ({
      id,
      does,
      brake,
      authority,
      chain,
      nonce: transaction.nonce,
      says,
      at,
      file,
    })),
  })
  return 0
}

/** What else is asked of the owners at this nonce. */
export function rivalsOf({ id, safe, transaction }: Proposal, folder: Folder, offered: readonly Offered[]): readonly string[] {
  const ours = folder
    .list()
    .filter((one) => one.over === undefined && one.proposal.id !== id && one.proposal.safe === safe)
    .filter((one) => one.proposal.transaction.nonce === transaction.nonce)
    .map(({ proposal: other }) => `the proposal ${other.id.slice(0, 10)} to ${other.does} ${other.brake}`)
  const known = new Set(folder.list().map((one) => one.proposal.id))
  return [...ours, ...offered.filter((one) => one.hash !== id && !known.has(one.hash)).map((one) => one.hash)]
}
