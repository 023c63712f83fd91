// Prepares a proposal from plan and chain alone: the same calls at the same nonce give the same hash wherever they are prepared.
import type { Connected } from '../engine/connect.ts'
import type { SafeAuthority } from '../model/brake.ts'
import { readRoute } from '../responders/authorities/read-route.ts'
import { safeRoute } from '../responders/authorities/safe.ts'
import { readProposal, type Proposal } from '../responders/proposals/proposal.ts'
import { fault } from './approve-sign.ts'
import type { OpenPlan } from './open-plan.ts'

/** For owners who have no access to where the proposals lie. */
export async function preparedFor(
  { plan }: OpenPlan,
  { node }: Pick<Connected, 'node'>,
  authority: SafeAuthority,
  name: string,
): Promise<Proposal> {
  const brake = plan.brakes.find((one) => one.name === name)
  if (!brake) throw fault('proposal', `there is no brake '${name}'`, '`firebreak approve` lists what waits')
  // Without an executor enough signatures still leave something to ask, and no signature has been counted yet.
  const route = safeRoute({ ...authority, executor: undefined })
  const head = await node.head()
  const at = await readRoute(node, head.hash, route, brake.calls)
  const step = route.next(brake.calls, { ...at, timestamp: head.timestamp })
  if (step.kind !== 'people')
    throw fault('proposal', step.kind === 'stuck' ? step.why : 'there is nothing to sign', 'see `firebreak check`')
  const read = readProposal(
    JSON.stringify({
      version: 1,
      id: step.ask.id,
      plan: { name: plan.name, hash: plan.hash },
      chain: authority.chain,
      authority: authority.name,
      brake: name,
      does: 'pull',
      desire: '',
      at: Date.now(),
      says: step.ask.says,
      notes: step.ask.notes,
      ...(step.ask.proposal as object),
    }),
  )
  if ('wrong' in read) throw fault('proposal', read.wrong, 'this is a fault of Firebreak: report it')
  return read
}
