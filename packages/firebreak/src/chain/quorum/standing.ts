// What each endpoint's word is worth by what it did: who is set aside and for how long, and who may still confirm or object.
import type { EndpointNews } from '../../model/endpoint.ts'
import type { Capabilities } from '../transport/capabilities.ts'
import type { Rpc } from '../transport/rpc.ts'
import type { Node } from '../../stages.ts'

export interface Endpoint {
  /** As people are told: the operator, numbered where it runs several. */
  readonly name: string
  readonly operator: string
  readonly node: Node
  readonly rpc: Rpc
  readonly can: Capabilities
}

/**
 * good: confirms and objects · doubted: fewer agreed with it twice, and nothing proved it wrong, so that it may object but no
 * longer confirm · failing: set aside because it fails, lags or is too slow, and asked only where too few are left ·
 * lying: proof contradicts it, and it is not heard.
 */
type State = 'good' | 'doubted' | 'failing' | 'lying'

interface Record {
  state: State
  /** In a row. */
  failures: number
  late: number
  /** Blocks that it did not know in time. */
  readonly behind: Set<string>
  /** Ever, since it was last in good standing. */
  outvoted: number
  answers: number
  /** Wrong answers that it did not repeat. */
  recanted: number
  setAside: number
  usualLagMs: number
  stop: (() => void) | undefined
}

export interface StandingOptions {
  readonly later: (ms: number, run: () => void) => () => void
  readonly tell: (news: EndpointNews) => void
  /** Whether it is worth asking again. */
  readonly probe: (endpoint: Endpoint) => Promise<boolean>
}

export interface Standings {
  /** Asked and waited for. */
  readonly active: (endpoint: Endpoint) => boolean
  /** Set aside, and its answer counts where it comes all the same. */
  readonly usable: (endpoint: Endpoint) => boolean
  readonly confirms: (endpoint: Endpoint) => boolean
  readonly objects: (endpoint: Endpoint) => boolean
  /** How long after the others agree its answer usually comes; nothing for one that is not known to be slow. */
  readonly usualLagMs: (endpoint: Endpoint) => number
  /** It was not there when we began. */
  readonly away: (endpoint: Endpoint) => void
  readonly answered: (endpoint: Endpoint, lagMs: number) => void
  readonly failed: (endpoint: Endpoint, why: string) => void
  /** The others agreed long ago. */
  readonly late: (endpoint: Endpoint) => void
  /** It does not know a block that two operators know, long after they did. */
  /** False when that is known of this block. */
  readonly behind: (endpoint: Endpoint, block: string) => boolean
  readonly caughtUp: (endpoint: Endpoint, block: string) => void
  /** Fewer agree with it, and nothing could be proven; `recants` says that it agrees when both are asked again. */
  readonly outvoted: (endpoint: Endpoint, recants: () => Promise<boolean>) => void
  /** Not heard any more, unless `recants` says that it gives the right answer now: nodes stumble while a block arrives. */
  readonly refuted: (endpoint: Endpoint, how: string, recants: () => Promise<boolean>) => void
  /** Told when somebody's word has changed its worth. */
  readonly onChange: (listener: () => void) => () => void
  readonly close: () => void
}

const failuresInRow = 3
const lateInRow = 3
const behindInRow = 2
const outvotedAtMost = 2
/** Whoever has to be corrected this often is no longer taken for clumsy; so many answers make up for one correction. */
const recantsAtMost = 5
const makesUp = 200
const backOff: Readonly<{ [state in 'failing' | 'lying']: { readonly firstMs: number; readonly mostMs: number } }> = {
  failing: { firstMs: 2_000, mostMs: 300_000 },
  lying: { firstMs: 3_600_000, mostMs: 86_400_000 },
}

export function standings(endpoints: readonly Endpoint[], options: StandingOptions): Standings {
  const records = new Map<Endpoint, Record>()
  const listeners = new Set<() => void>()
  let closed = false

  const of = (endpoint: Endpoint): Record => {
    const known = records.get(endpoint)
    if (known) return known
    const fresh: Record = {
      state: 'good',
      failures: 0,
      late: 0,
      behind: new Set(),
      outvoted: 0,
      answers: 0,
      recanted: 0,
      setAside: 0,
      usualLagMs: 0,
      stop: undefined,
    }
    records.set(endpoint, fresh)
    return fresh
  }
  for (const endpoint of endpoints) of(endpoint)

  const change = (): void => {
    for (const listener of listeners) listener()
  }

  const setAside = (endpoint: Endpoint, state: 'failing' | 'lying', why: string): void => {
    const record = of(endpoint)
    if (closed || record.state === 'lying' || record.state === state) return
    record.stop?.()
    record.state = state
    const { firstMs, mostMs } = backOff[state]
    const forMs = Math.min(mostMs, firstMs * 2 ** record.setAside)
    record.setAside = Math.min(record.setAside + 1, 30)
    options.tell({ kind: 'aside', endpoint: endpoint.name, why, forMs })
    tryAgain(endpoint, forMs)
    change()
  }

  const tryAgain = (endpoint: Endpoint, ms: number): void => {
    const record = of(endpoint)
    record.stop = options.later(ms, () => {
      void options
        .probe(endpoint)
        .catch(() => false)
        .then((well) => {
          if (closed) return
          if (!well) return tryAgain(endpoint, Math.min(backOff.failing.mostMs, ms * 2))
          const fresh = { failures: 0, late: 0, outvoted: 0, recanted: 0, usualLagMs: 0, stop: undefined }
          record.behind.clear()
          Object.assign(record, fresh, { state: 'good' satisfies State })
          options.tell({ kind: 'back', endpoint: endpoint.name })
          change()
        })
    })
  }

  const doubt = (endpoint: Endpoint, record: Record): void => {
    record.state = 'doubted'
    options.tell({
      kind: 'aside',
      endpoint: endpoint.name,
      why: 'the others contradicted it twice, and nothing proves who is right: it confirms nothing any more, and may still object',
      forMs: backOff.lying.firstMs,
    })
    tryAgain(endpoint, backOff.lying.firstMs)
    change()
  }

  const count = (endpoint: Endpoint, what: 'failures' | 'late', most: number, why: string): void => {
    const record = of(endpoint)
    record[what]++
    if (record[what] >= most) setAside(endpoint, 'failing', why)
  }

  return {
    active: (endpoint) => of(endpoint).state === 'good' || of(endpoint).state === 'doubted',
    usable: (endpoint) => of(endpoint).state !== 'lying',
    confirms: (endpoint) => of(endpoint).state === 'good' || of(endpoint).state === 'failing',
    objects: (endpoint) => of(endpoint).state !== 'lying',
    usualLagMs: (endpoint) => of(endpoint).usualLagMs,
    away: (endpoint) => setAside(endpoint, 'failing', 'it could not be reached'),
    answered: (endpoint, lagMs) => {
      const record = of(endpoint)
      record.failures = 0
      record.late = 0
      if (++record.answers % makesUp === 0 && record.recanted > 0) record.recanted--
      record.usualLagMs += (lagMs - record.usualLagMs) / 8
    },
    failed: (endpoint, why) => count(endpoint, 'failures', failuresInRow, `it fails: ${why}`),
    late: (endpoint) => count(endpoint, 'late', lateInRow, 'it answers long after the others, or not at all'),
    behind: (endpoint, block) => {
      const { behind } = of(endpoint)
      if (behind.has(block)) return false
      behind.add(block)
      if (behind.size >= behindInRow) setAside(endpoint, 'failing', 'it does not know blocks that the others know')
      return true
    },
    caughtUp: (endpoint, block) => {
      const { behind } = of(endpoint)
      // Blocks before it may stay unknown for ever; a newer one that it knows says that it is well.
      if (!behind.has(block)) behind.clear()
    },
    outvoted: (endpoint, recants) => {
      void recants()
        .catch(() => false)
        .then((right) => {
          const record = of(endpoint)
          if (right && ++record.recanted < recantsAtMost) return
          record.outvoted++
          if (!closed && record.outvoted >= outvotedAtMost && record.state === 'good') doubt(endpoint, record)
        })
    },
    refuted: (endpoint, how, recants) => {
      void recants()
        .catch(() => false)
        .then((right) => {
          if (!right || ++of(endpoint).recanted >= recantsAtMost) setAside(endpoint, 'lying', `proof contradicts it: ${how}`)
        })
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => {
      closed = true
      for (const record of records.values()) record.stop?.()
    },
  }
}
