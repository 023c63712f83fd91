// Keeps what we want: desires come with a decision or an order, change by the responder's news, and end.
import type { Desire } from '../model/brake.ts'
import type { Hex } from '../model/hex.ts'
import type { Incident } from '../model/incident.ts'
import type { NewEntry } from '../model/journal.ts'
import { recorded } from './entries.ts'
import { isOfAuthority, statusAfter, type AuthorityNews, type DesireNews, type Effect } from './inputs.ts'

/** What else changes in the engine when a desire does. */
export interface Follows {
  /** People let go of a brake that we wanted: the entry that remembers it. */
  readonly remember: (desire: Desire, at: number, tx: Hex | undefined) => NewEntry
  readonly released: (desire: Desire, at: number) => readonly Effect[]
  readonly settle: (incident: string | undefined, at: number) => readonly Effect[]
}

export interface Desires {
  readonly all: () => readonly Desire[]
  /** Pulled or to be pulled, and not over. */
  readonly live: (brake?: string) => readonly Desire[]
  /** Names of the brakes that hold on a chain by our wish, as one word. */
  readonly holding: (chain: string) => string
  /** The entry that makes it durable, to be written before the effect that carries it out. */
  readonly add: (desire: Desire, at: number) => NewEntry
  readonly want: (desire: Desire, at: number) => readonly Effect[]
  /** What is on its way has to be ahead of this attack, too: it pays more than the one that we answered. */
  readonly outbid: (chain: string, rival: Pick<Desire, 'tipToBeat' | 'feeToBeat'> & { readonly at: number }) => readonly Effect[]
  readonly news: (id: string, news: DesireNews, at: number) => readonly Effect[]
  readonly end: (id: string, why: string, at: number) => readonly Effect[]
  /** Those whose time is over: we no longer want the brake, and people decide about loosening it. */
  readonly expire: (at: number, chainTime: bigint) => readonly Effect[]
  /** A release that is still on its way gives place to a pull, which takes its nonce. */
  readonly endReleases: (brake: string, at: number) => readonly Effect[]
  /** Wishes that ended with an incident that is remembered no more. */
  readonly forget: (kept: readonly Incident[]) => void
  /** Incidents were merged. */
  readonly move: (from: string, into: string, at: number) => readonly NewEntry[]
}

/** Who was asked for what, and who came in: what a restart goes on from. */
const authorityEntry = ({ id, brake, chain }: Desire, { kind, ...news }: AuthorityNews, at: number): NewEntry =>
  recorded('state' in news && news.state === 'signed' ? 'approval' : kind, at, { desire: id, brake, chain, ...news })

const isLive = ({ status }: Desire): boolean => status === 'wanted' || status === 'holding'

export function desiresOf(past: readonly Desire[], follows: Follows): Desires {
  const desires = new Map(past.map((desire) => [desire.id, desire]))
  /** The chain's time at the first block that found a desire; those of an earlier life end by our own clock alone. */
  const firstSeen = new Map<string, bigint>()
  const inherited = new Set(desires.keys())

  const live = (brake?: string): readonly Desire[] =>
    [...desires.values()].filter((one) => isLive(one) && (brake === undefined || one.brake === brake))

  const add = (desire: Desire, at: number): NewEntry => {
    desires.set(desire.id, desire)
    return recorded('desire', at, desire)
  }

  const change = (id: string, news: DesireNews, at: number, ours: boolean): readonly Effect[] => {
    const desire = desires.get(id)
    if (!desire) return []
    if (isOfAuthority(news)) return [{ kind: 'record', entries: [authorityEntry(desire, news, at)] }]
    // What is over stays over: news of it may have been on their way when it ended.
    if (desire.status === statusAfter[news.kind] || !isLive(desire)) return []
    // A release that came about is over: from then on nobody wants anything of this brake.
    const over = desire.does === 'undo' && news.kind === 'holding'
    const now: Desire = { ...desire, status: over ? 'ended' : statusAfter[news.kind] }
    const entries = [add(now, at)]
    if (news.kind === 'holding')
      entries.push(recorded(over ? 'effect' : 'receipt', at, over ? { ...news.receipt, released: true } : news.receipt))
    if (news.kind === 'released') entries.push(follows.remember(desire, at, news.tx))
    const effects: Effect[] = [{ kind: 'record', entries }]
    if (ours || over || news.kind === 'ended') effects.push({ kind: 'unwant', desire: id })
    if (news.kind === 'released') effects.push(...follows.released(now, at))
    return [...effects, ...follows.settle(desire.incident, at)]
  }

  const end = (id: string, why: string, at: number): readonly Effect[] => change(id, { kind: 'ended', why }, at, true)

  return {
    all: () => [...desires.values()],
    live,
    holding: (chain) =>
      [...desires.values()]
        .filter((one) => one.chain === chain && one.status === 'holding')
        .map((one) => one.brake)
        .sort()
        .join('+'),
    add,
    want: (desire, at) => [
      { kind: 'record', entries: [add(desire, at)] },
      { kind: 'want', desire },
    ],
    outbid: (chain, rival) =>
      live()
        .filter((one) => one.chain === chain && one.status === 'wanted' && one.does !== 'undo' && !one.asks)
        .filter((one) => one.quietly || one.tipToBeat < rival.tipToBeat || one.feeToBeat < rival.feeToBeat)
        .flatMap((one) => {
          const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
          const desire = {
            ...one,
            // It waits where everybody sees it: so may we.
            quietly: undefined,
            tipToBeat: larger(one.tipToBeat, rival.tipToBeat),
            feeToBeat: larger(one.feeToBeat, rival.feeToBeat),
          }
          return [
            { kind: 'record', entries: [add(desire, rival.at)] },
            { kind: 'want', desire },
          ] as const
        }),
    news: (id, news, at) => change(id, news, at, false),
    end,
    expire: (at, chainTime) =>
      live().flatMap((desire) => {
        const since = firstSeen.get(desire.id) ?? chainTime
        firstSeen.set(desire.id, since)
        // A clock that jumps must not end a brake in the middle of an attack: the chain's has to agree, as far as we have watched it.
        const byChain = inherited.has(desire.id) || (chainTime - since) * 1_000n >= BigInt(desire.until - desire.since)
        return at >= desire.until && byChain ? end(desire.id, 'its time is over', at) : []
      }),
    endReleases: (brake, at) =>
      live(brake)
        .filter((one) => one.does === 'undo' && one.status === 'wanted')
        .flatMap((one) => end(one.id, 'it is to be pulled again', at)),
    forget: (kept) => {
      const ids = new Set(kept.map((one) => one.id))
      for (const desire of desires.values())
        if (!isLive(desire) && desire.incident !== undefined && !ids.has(desire.incident)) desires.delete(desire.id)
    },
    move: (from, into, at) =>
      [...desires.values()].filter((one) => one.incident === from).map((one) => add({ ...one, incident: into }, at)),
  }
}
