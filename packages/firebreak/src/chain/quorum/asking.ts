// Puts one question to the endpoints that can answer it, and keeps what their answers make us say of them.
import type { NodeNews } from '../../model/endpoint.ts'
import type { Hex } from '../../model/hex.ts'
import type { Agreement } from '../../model/plan.ts'
import type { Ask, Referee, Ruling } from './question.ts'
import { race } from './race.ts'
import { standings, type Endpoint, type Standings } from './standing.ts'

export interface QuorumOptions {
  readonly agreement: Agreement
  readonly chainId: number
  /** Could not be reached so far: what they can do, and which chain they serve, is not known. */
  readonly away?: readonly Endpoint[]
  readonly onTrouble: (what: string) => void
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Runs once; gives the way to call it off. */
  readonly later: (ms: number, run: () => void) => () => void
}

/** Operators that have to give the same answer. */
const enough = 2
const probeMs = 5_000
/** The same disagreement about one block is told once. */
const mostTold = 1_000

export type Question<value> = Pick<Ask<value>, 'ask' | 'differ'> &
  Partial<Pick<Ask<value>, 'prove' | 'differFromProof' | 'merge' | 'onSecondThought' | 'sparing'>> & {
    readonly asked: string
    readonly block: { readonly number?: bigint | undefined; readonly hash?: Hex | undefined }
    readonly strict?: boolean
    readonly able?: (endpoint: Endpoint) => boolean
  }

export interface Asking {
  readonly standing: Standings
  /** How many operators have to agree. */
  readonly needed: number
  /** Undefined when nobody knows what is asked about. */
  readonly ask: <value>(question: Question<value>) => Promise<Ruling<value> | undefined>
  readonly tell: (news: NodeNews) => void
  /** Resolves when nothing that was handed on by one word waits for another any more; true when something did. */
  readonly settled: () => Promise<boolean>
  readonly onNews: (listener: (news: NodeNews) => void) => void
}

export function asking(chain: string, endpoints: readonly Endpoint[], options: QuorumOptions): Asking {
  const { now, later, onTrouble } = options
  const needed = Math.min(enough, new Set(endpoints.map((one) => one.operator)).size)
  const listeners = new Set<(news: NodeNews) => void>()
  const early: NodeNews[] = []
  const told = new Set<string>()

  const tell = (news: NodeNews): void => {
    if (listeners.size === 0) early.push(news)
    for (const listener of listeners) listener(news)
    if (news.kind === 'aside')
      onTrouble(`${chain}: the endpoint ${news.endpoint} is set aside for ${Math.round(news.forMs / 1_000)} s: ${news.why}`)
    if (news.kind === 'back') onTrouble(`${chain}: the endpoint ${news.endpoint} answers again and is heard`)
  }

  const standing = standings(endpoints, {
    later,
    tell,
    probe: async (endpoint) => {
      // It may never have been reached before: another chain there would be told apart by nothing else.
      if (Number(await withTimeout(endpoint.rpc.request('eth_chainId', []))) !== options.chainId) return false
      const { number } = await withTimeout(endpoint.node.head())
      const others = endpoints.filter((one) => one !== endpoint && standing.active(one))
      const heads = await Promise.allSettled(others.map((one) => withTimeout(one.node.head())))
      const newest = heads.reduce((most, one) => (one.status === 'fulfilled' && one.value.number > most ? one.value.number : most), 0n)
      return number + 2n >= newest
    },
  })

  for (const endpoint of options.away ?? []) standing.away(endpoint)

  const withTimeout = <value>(promise: Promise<value>): Promise<value> =>
    new Promise((resolve, reject) => {
      const stop = later(probeMs, () => reject(new Error('it does not answer')))
      promise.then(resolve, reject).finally(stop)
    })

  let turn: Promise<unknown> = Promise.resolve()
  const unsettled = new Set<Promise<void>>()
  const referee: Referee = {
    awaiting: (second) => {
      unsettled.add(second)
      void second.finally(() => unsettled.delete(second))
    },
    standings: standing,
    needed,
    aloneAfterMs: options.agreement.aloneAfterMs,
    now,
    later,
    inTurn: (still, prove) => {
      const mine = turn.catch(() => undefined).then(() => (still() ? prove() : undefined))
      turn = mine
      return mine
    },
  }
  /** Everybody who is able to answer; where that leaves too few, those that were set aside for failing, too. */
  const among = (able: (endpoint: Endpoint) => boolean): readonly Endpoint[] => {
    const can = endpoints.filter((one) => able(one))
    const present = (can.length > 0 ? can : endpoints).filter((one) => standing.usable(one))
    const active = present.filter((one) => standing.active(one))
    if (new Set(active.map((one) => one.operator)).size >= needed) return active
    return present.length > 0 ? present : endpoints
  }

  const ask = <value>({
    asked,
    block,
    strict = true,
    able = () => true,
    ...question
  }: Question<value>): Promise<Ruling<value> | undefined> =>
    race<value>(
      {
        ...question,
        about: block.hash ?? String(block.number ?? 'latest'),
        among: among(able),
        strict,
        onDispute: (dispute) => {
          const key = `${asked}|${block.hash ?? block.number}|${dispute.sides.map((side) => side.operators.join('+')).join('|')}`
          if (told.has(key)) return
          told.add(key)
          for (const old of told) {
            if (told.size <= mostTold) break
            told.delete(old)
          }
          tell({ kind: 'disagreement', asked, block: { number: block.number, hash: block.hash }, ...dispute })
        },
      },
      referee,
    )

  return {
    standing,
    needed,
    ask,
    tell,
    settled: async () => {
      const waits = unsettled.size > 0
      while (unsettled.size > 0) await Promise.all(unsettled)
      return waits
    },
    onNews: (listener) => {
      listeners.add(listener)
      for (const news of early.splice(0)) listener(news)
    },
  }
}
