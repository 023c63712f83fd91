// What the endpoints of a chain, and its kind, leave us without: who can contradict whom, and which lines of defence there are.
import type { ResolvedChain } from '../model/plan.ts'
import type { Finding } from './report.ts'

export interface EndpointFacts {
  readonly name: string
  readonly operator: string
  readonly reached: boolean
  /** Waiting transactions can be judged, and brakes proven, on its word. */
  readonly simulates: boolean
  readonly proofs: boolean
  readonly lacks: readonly { readonly capability: string; readonly cost: string }[]
}

export function endpointFindings(
  chain: ResolvedChain,
  endpoints: readonly EndpointFacts[],
  sequencerUp: boolean | undefined,
): readonly Finding[] {
  const findings: Finding[] = []
  const say = (says: string, about = chain.name): void => void findings.push({ about, says })
  const operators = new Set(endpoints.map((one) => one.operator))
  if (endpoints.length === 1) say('has one endpoint: its word counts for everything, and nobody would contradict a lie')
  else if (operators.size === 1)
    say(`has ${endpoints.length} endpoints of one operator: one that dies is not missed, and nobody would contradict a lie`)
  if (endpoints.length > 1) {
    for (const { name, reached, lacks } of endpoints) {
      if (!reached) say('cannot be reached', name)
      for (const { capability, cost } of reached ? lacks : [])
        say(`lacks ${capability}, and is not asked for it; if no other had it: ${cost}`, name)
    }
    const present = endpoints.filter((one) => one.reached)
    const simulating = new Set(present.filter((one) => one.simulates).map((one) => one.operator))
    if (operators.size > 1 && simulating.size === 1)
      say(`only ${[...simulating].join('')} can simulate: what waits, and every proof of a brake, rests on its word alone`)
    if (operators.size > 1 && present.every((one) => !one.proofs))
      say('no endpoint gives proofs: when two disagree nothing can settle it, and people are asked')
    if (operators.size === 2)
      say('has two operators: while one is away, nothing is agreed, and brakes are pulled by themselves only within aloneUpTo')
  }
  if (chain.profile.mempool === 'none')
    say(
      'has no public mempool: an attack is first seen in its block, so that its first stroke is stopped only by what acts inside the transaction',
    )
  if (chain.profile.sequencer)
    say(
      sequencerUp === false
        ? 'its sequencer is down, by its feed: no brake can be pulled, and no attack mined, until it is back'
        : `has one sequencer: while it is down no brake can be pulled, and it may leave ours out${chain.profile.sequencer.uptimeFeed ? '' : '; no feed is named that says whether it is up'}`,
    )
  return findings
}
