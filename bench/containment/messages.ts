// What the bench and its two contestants, each a process of its own, say to one another.
import type { BenchScene } from '../scene/scene.ts'

/** The simulations that our side asked for because of one attack, in the rounds in which they depended on one another. */
export type Rounds = readonly (readonly string[])[]

export type ToSide =
  | {
      readonly kind: 'start'
      /** Which vault it guards. */
      readonly side: 'ours' | 'floor'
      /** Endpoints, each of an operator of its own. */
      readonly paths: readonly string[]
      readonly scene: BenchScene
      readonly rounds: Rounds
      readonly folder: string
    }
  /** Answered with `reached` when this block is known and nothing is left to do. */
  | { readonly kind: 'reach'; readonly block: number }
  /** Our side keeps the simulations of the next attack; answered with `ready`. */
  | { readonly kind: 'record' }
  | { readonly kind: 'stop' }

export type FromSide =
  | { readonly kind: 'ready' }
  | { readonly kind: 'reached'; readonly block: number }
  /** From the node's notification of the attack to the node's answer that it has the pausing transaction. */
  | { readonly kind: 'sent'; readonly ms: number; readonly raw: string; readonly simulations: number }
  | { readonly kind: 'recorded'; readonly rounds: Rounds }
  | { readonly kind: 'trouble'; readonly what: string }
  | { readonly kind: 'stopped' }

export const tell = (message: FromSide): void => void process.send?.(message)

export function listen(on: (message: ToSide) => Promise<void>): void {
  process.on('message', (message) => {
    // Only our own parent writes here.
    on(message as ToSide).catch((error: unknown) =>
      tell({ kind: 'trouble', what: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
  process.on('disconnect', () => process.exit(1))
}
