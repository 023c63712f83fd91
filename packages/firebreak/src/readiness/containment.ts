// Time to contain, derived step by step: in blocks by what the node can tell us, in seconds by how fast the chain has been.
import type { BlockRef } from '../model/chain.ts'
import type { BrakeReport, Containment, ContainmentStep } from './report.ts'

export interface Sight {
  /** Waiting transactions are announced. */
  readonly pending: boolean
  /** With their bodies; otherwise each costs one more request. */
  readonly bodies: boolean
  /** They can be simulated before they confirm. */
  readonly simulates: boolean
}

/** Blocks that the average interval is measured over. */
export const intervalBlocks = 100n

/** Average seconds between these two blocks of one chain. */
export function secondsPerBlock(older: BlockRef, head: BlockRef): number {
  const blocks = Number(head.number - older.number)
  return blocks <= 0 ? 0 : Number(head.timestamp - older.timestamp) / blocks
}

/** What lies between a decision and its effect besides the chain. */
export interface Means {
  /** The slowest of the signers elsewhere that a brake's first choice depends on. */
  readonly signer?: { readonly authority: string; readonly ms: number } | undefined
  readonly relay?: { readonly publicAfter: number } | undefined
  /** What the quickest of the brakes' first choices takes, where none of them is a key. */
  readonly leave?: { readonly ms: number; readonly why: string } | undefined
}

const signing = ({ signer, leave }: Means): ContainmentStep => ({
  step: 'decide and sign',
  blocks: 0,
  why: signer
    ? `milliseconds where it is signed ahead; ${Math.ceil(signer.ms)} ms more, and counted here, where the signer of ${signer.authority} has to be asked`
    : leave
      ? 'milliseconds'
      : 'milliseconds: brakes are signed ahead, each for the next nonce',
})
function authority({ leave }: Means, interval: number): ContainmentStep {
  if (!leave) return { step: 'authority', blocks: 0, why: 'a key needs nobody’s leave' }
  const blocks = interval > 0 ? Math.ceil(leave.ms / 1_000 / interval) : 0
  return { step: 'authority', blocks, why: `no brake is by a key alone; of the quickest ${leave.why}` }
}

/** Undefined where a key is the first choice of some brake, or where there is no brake. */
export function quickestLeave(brakes: readonly Pick<BrakeReport, 'routes'>[]): Means['leave'] {
  const first = brakes.flatMap(({ routes: [route] }) => (route && route.verdict.kind !== 'fails' ? [route] : []))
  const takes = first.flatMap((route) => (route.takes && route.takes.ms > 0 ? [route.takes] : []))
  return takes.length < first.length ? undefined : takes.toSorted((a, b) => a.ms - b.ms)[0]
}

export function containmentOf(sight: Sight, interval: number, means: Means = {}): Containment {
  const sees = sight.pending && sight.simulates
  const way = (
    steps: readonly ContainmentStep[],
  ): { readonly steps: readonly ContainmentStep[]; readonly blocks: number; readonly seconds: number } => {
    const blocks = steps.reduce((sum, step) => sum + step.blocks, 0)
    return { steps, blocks, seconds: blocks * interval + (means.signer?.ms ?? 0) / 1_000 }
  }
  const inTime = means.leave === undefined
  const waiting: readonly ContainmentStep[] = [
    {
      step: 'detect',
      blocks: 0,
      why: sight.bodies
        ? 'while it waits: simulated as soon as it is announced'
        : 'while it waits, one request later: the node announces hashes only',
    },
    signing(means),
    authority(means, interval),
    {
      step: 'inclusion',
      blocks: 1,
      why: inTime ? 'the next block, ahead of the attack: our tip is above its tip' : 'the block after that, long after the attack',
    },
  ]
  const unseen: readonly ContainmentStep[] = [
    {
      step: 'detect',
      blocks: 1,
      why: sees
        ? 'a private transaction is first seen in its block'
        : 'waiting transactions are not judged here: an attack is first seen in its block',
    },
    signing(means),
    authority(means, interval),
    {
      step: 'inclusion',
      blocks: 1,
      why: means.relay
        ? `the block after it, through the private relay; if it does not take it, in public after ${means.relay.publicAfter} blocks`
        : 'the block after it',
    },
  ]
  return { waiting: sees ? way(waiting) : undefined, unseen: way(unseen) }
}
