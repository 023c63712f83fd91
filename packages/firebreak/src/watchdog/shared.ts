// What the program and its watchdog thread both know: a few numbers in shared memory, and what the thread is started with.

/** Places in the shared numbers. */
export const beat = 0
export const runs = 1

export interface Watched {
  readonly numbers: Int32Array<SharedArrayBuffer>
  readonly plan: string
  /** Names of the plan's watches, in order. */
  readonly watches: readonly string[]
  /** A loop that stands still for so long is said to be blocked; ended after twice as long in a detector, ten times as long elsewhere. */
  readonly blockedMs: number
  /** Memory of the process above which it is ended. */
  readonly mostBytes: number
  readonly leftOut: string
}

/** Thread → program: memory grows; which detector keeps the most? */
export interface Heavy {
  readonly kind: 'heavy'
  readonly bytes: number
}

/** Program → thread: the answer. */
export interface Heaviest {
  readonly kind: 'heaviest'
  readonly watch: string | undefined
}
