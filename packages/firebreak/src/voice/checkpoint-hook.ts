// Sends signed heads of the record to somebody else's server: what is written down there cannot be rewritten here.
import type { VoiceClock } from './delivery.ts'
import type { Post } from './post.ts'

export interface CheckpointHookOptions {
  readonly url: string
  readonly secret: string
  readonly post: Post
  readonly clock: VoiceClock
}

const tries = 5
const firstPauseMs = 1_000

/** Resolves when the receiver has it. A later one covers it, so it is not tried for ever. */
export function checkpointHook({ url, secret, post, clock }: CheckpointHookOptions): (checkpoint: string) => Promise<void> {
  return async (checkpoint) => {
    const body = `{"version":1,"kind":"checkpoint","checkpoint":${checkpoint}}`
    let why = ''
    for (let i = 0; i < tries; i++) {
      if (i > 0) await new Promise<void>((go) => void clock.after(firstPauseMs * 2 ** (i - 1) * (0.5 + clock.random() / 2), go))
      const answered = await post({ url, secret, method: 'POST', body, at: clock.now() })
      if (answered.ok) return
      why = answered.why
    }
    throw new Error(`the receiver of checkpoints did not take it (${why})`)
  }
}
