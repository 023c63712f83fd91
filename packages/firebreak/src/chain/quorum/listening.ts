// Listens to all endpoints at once: whatever anybody announces is looked at, so that one who withholds it does not blind us.
import type { Transaction } from '../../model/chain.ts'
import type { Node } from '../../stages.ts'
import type { Endpoint, StandingOptions, Standings } from './standing.ts'
import { shownOnce } from './waiting.ts'

export interface ListenOptions {
  readonly standing: Standings
  readonly onTrouble: (what: string) => void
  readonly later: StandingOptions['later']
}

/** At the start the slower ones are waited for this long. */
const latecomersMs = 1_000

export function listenTo(
  chain: string,
  endpoints: readonly Endpoint[],
  { standing, onTrouble, later }: ListenOptions,
): Pick<Node, 'onHead' | 'onPending' | 'waiting'> {
  const listeners = new Set<(tx: Transaction) => void>()
  const shown = shownOnce((endpoint, hash) =>
    // Content that does not hash to its name is no stumble.
    standing.refuted(endpoint, `the transaction ${hash.slice(0, 10)} that it shows has another content`, async () => false),
  )

  /** One is enough to go on with; one that fails is told. */
  const everybody = async (work: (endpoint: Endpoint) => Promise<void>, what: string): Promise<void> => {
    const all = endpoints.map(async (endpoint) => {
      try {
        await work(endpoint)
      } catch (error) {
        onTrouble(`${chain}: the endpoint ${endpoint.name} ${what}: ${error instanceof Error ? error.message : String(error)}`)
        throw error
      }
    })
    await Promise.any(all)
    await new Promise<void>((resolve) => {
      const stop = later(latecomersMs, resolve)
      void Promise.allSettled(all).finally(() => {
        stop()
        resolve()
      })
    })
  }

  return {
    // Each announces a block anew, since the first may be early: the others do not know it then.
    onHead: (listener) => everybody((endpoint) => endpoint.node.onHead(listener), 'announces no blocks'),
    onPending: (listener) => {
      listeners.add(listener)
      const hear =
        (endpoint: Endpoint) =>
        (tx: Transaction): void => {
          const taken = standing.usable(endpoint) ? shown.take(tx, endpoint) : undefined
          if (taken) listener(taken)
        }
      return everybody((endpoint) => endpoint.node.onPending(hear(endpoint)), 'announces no waiting transactions')
    },
    waiting: async () => {
      const found: Transaction[] = []
      let waited = true
      await everybody(async (endpoint) => {
        for (const tx of await endpoint.node.waiting()) {
          const taken = standing.usable(endpoint) ? shown.take(tx, endpoint) : undefined
          if (!taken) continue
          // Whoever is slow with its pool is heard all the same.
          if (waited) found.push(taken)
          else for (const listener of listeners) listener(taken)
        }
      }, 'does not show its pool')
      waited = false
      return found
    },
  }
}
