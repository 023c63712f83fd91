// The outside's alarm: beats only while blocks arrive and are judged on every chain. Whoever misses the beats knows that something is wrong here.
import type { VoiceClock } from './delivery.ts'
import type { Post } from './post.ts'

export interface HeartbeatOptions {
  readonly url: string
  readonly secret: string | undefined
  readonly method: 'POST' | 'GET'
  readonly everyMs: number
  readonly silentMs: number
  readonly chains: readonly string[]
  readonly plan: { readonly name: string; readonly hash: string }
  readonly post: Post
  readonly clock: Pick<VoiceClock, 'now' | 'after'>
  /** What else the outside may want to see: whether it is armed, how many incidents are open. */
  readonly facts: () => Readonly<Record<string, string | number | boolean>>
  readonly trouble: (what: string) => void
}

export interface Heart {
  /** A block was judged: detectors have seen it, and whatever follows was decided. */
  readonly judged: (chain: string, block: bigint) => void
  readonly stop: () => void
}

export function startHeartbeat(options: HeartbeatOptions): Heart {
  const { clock, chains, silentMs, everyMs, trouble } = options
  const seen = new Map<string, { block: bigint; at: number; judged: number }>()
  let failing = false
  let beating = false
  let cancel: (() => void) | undefined

  /** Undefined while any chain is silent: then it is quiet, too. */
  const pulse = ():
    | readonly { readonly chain: string; readonly block: bigint; readonly judged: number; readonly ageMs: number }[]
    | undefined => {
    const now = clock.now()
    const all = chains.flatMap((chain) => {
      const last = seen.get(chain)
      return last && now - last.at <= silentMs ? [{ chain, block: last.block, judged: last.judged, ageMs: now - last.at }] : []
    })
    return all.length === chains.length ? all : undefined
  }

  const beat = async (): Promise<void> => {
    const all = pulse()
    // One at a time: a receiver that hangs is not asked a second time meanwhile.
    if (!all || beating) return
    beating = true
    const { url, secret, method, plan } = options
    const at = clock.now()
    const pulses = all.map((one) => ({ ...one, block: one.block.toString() }))
    const body = JSON.stringify({ version: 1, kind: 'heartbeat', at: new Date(at).toISOString(), plan, chains: pulses, ...options.facts() })
    const answered = await options.post({
      url: method === 'GET' ? withPulse(url, pulses) : url,
      secret,
      method,
      body: method === 'GET' ? '' : body,
      at,
    })
    beating = false
    if (answered.ok === failing)
      trouble(answered.ok ? 'the heartbeat is heard again' : `the heartbeat is not heard (${answered.why}); it goes on`)
    failing = !answered.ok
  }

  const next = (): void => {
    cancel = clock.after(everyMs, () => {
      void beat()
      next()
    })
  }
  next()

  return {
    judged: (chain, block) => {
      const before = seen.get(chain)
      if (!before) {
        seen.set(chain, { block, at: clock.now(), judged: 1 })
        // The first beat does not wait: whoever starts it wants to see it.
        void beat()
      } else seen.set(chain, { block, at: clock.now(), judged: before.judged + 1 })
    },
    stop: () => cancel?.(),
  }
}

/** A GET has no body: the block and the count stand in the address. */
function withPulse(url: string, all: readonly { readonly chain: string; readonly block: string; readonly judged: number }[]): string {
  const target = new URL(url)
  for (const { chain, block, judged } of all) {
    target.searchParams.set(`block_${chain}`, block)
    target.searchParams.set(`judged_${chain}`, String(judged))
  }
  return target.href
}
