// Time to contain, derived step by step: in blocks by what the node can tell us, in seconds by how fast the chain has been.
import type { BlockRef } from '../model/chain.ts'
import type { Containment, ContainmentStep } from './report.ts'

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
}

const signing = ({ signer }: Means): ContainmentStep => ({
  step: 'decide and sign',
  blocks: 0,
  why: signer
    ? `milliseconds where it is signed ahead; ${Math.ceil(signer.ms)} ms more, and counted here, where the signer of ${signer.authority} has to be asked`
    : 'milliseconds: brakes are signed ahead, each for the next nonce',
})
const authority: ContainmentStep = { step: 'authority', blocks: 0, why: 'a key needs nobody’s leave' }

export function containmentOf(sight: Sight, interval: number, means: Means = {}): Containment {
  const sees = sight.pending && sight.simulates
  const way = (
    steps: readonly ContainmentStep[],
  ): { readonly steps: readonly ContainmentStep[]; readonly blocks: number; readonly seconds: number } => {
    const blocks = steps.reduce((sum, step) => sum + step.blocks, 0)
    return { steps, blocks, seconds: blocks * interval + (means.signer?.ms ?? 0) / 1_000 }
  }
  const waiting: readonly ContainmentStep[] = [
    {
      step: 'detect',
      blocks: 0,
      why: sight.bodies
        ? 'while it waits: simulated as soon as it is announced'
        : 'while it waits, one request later: the node announces hashes only',
    },
    signing(means),
    authority,
    { step: 'inclusion', blocks: 1, why: 'the next block, ahead of the attack: our tip is above its tip' },
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
    authority,
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
