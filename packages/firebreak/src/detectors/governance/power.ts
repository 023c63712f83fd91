// Voting power: who gained how much of it within a window, and who gained it in the very transaction that used it.
import type { LogProbe, Probe } from '../../model/call.ts'
import type { Finding, Scope } from '../../model/detector.ts'
import type { Address, Hex } from '../../model/hex.ts'
import type { BlockMoment, PendingMoment } from '../../model/moment.ts'
import { likelihoodPast, toSay } from '../likelihood.ts'
import { duration, percent } from '../options.ts'
import type { At } from '../options.ts'
import { emptySeries, extended, extremes, type Series } from '../series.ts'
import { eventOf, viewOf } from './abi.ts'

/** Delegates whose power counts, each with its past within the window; whoever is small again is forgotten. */
export type Delegates = Readonly<Record<Address, Series>>

export interface Power {
  readonly reads: readonly Probe[]
  readonly logs: readonly LogProbe[]
  readonly judge: (
    delegates: Delegates,
    moment: BlockMoment | PendingMoment,
  ) => { readonly delegates: Delegates; readonly findings: readonly Finding[] }
}

export interface PowerOptions {
  readonly votes: At
  readonly governor: At | undefined
  /** Parts of a million of all votes. */
  readonly gains: bigint
  readonly borrowed: bigint
  /** Seconds. */
  readonly window: number
}

interface Changed {
  readonly delegate: Address
  readonly previousVotes: bigint
  readonly newVotes: bigint
}

/** What one delegate's power did within a moment. */
interface Move {
  readonly delegate: Address
  readonly before: bigint
  readonly peak: bigint
  readonly after: bigint
  /** The transactions in which it grew. */
  readonly grewIn: readonly Hex[]
}

const million = 1_000_000n
/** Who has less than this part of the bound cannot pass it by what we do not remember. */
const trackedPart = 16n
const sameTransaction = 0.8
const givenBack = 0.95
const sameBlock = 0.6

export function powerOf(scope: Scope, { votes, governor, gains, borrowed, window }: PowerOptions): Power {
  const supply = scope.read<bigint>({ kind: 'read', chain: votes.chain, to: votes.address, fn: viewOf('totalSupply'), args: [] })
  const hear = <args>(at: At, name: Parameters<typeof eventOf>[0]): LogProbe<args> =>
    // The decoder is compiled from the event in abi.ts, whose arguments the type says.
    scope.event({ kind: 'event', chain: at.chain, address: at.address, event: eventOf(name) }) as LogProbe<unknown> as LogProbe<args>
  const changes = hear<Changed>(votes, 'DelegateVotesChanged')
  const uses = governor
    ? [
        hear<{ readonly voter: Address }>(governor, 'VoteCast'),
        hear<{ readonly voter: Address }>(governor, 'VoteCastWithParams'),
        hear<{ readonly proposer: Address }>(governor, 'ProposalCreated'),
      ]
    : []
  const span = { keeps: window, resolution: Math.floor(window / 256) }
  const subjects = [governor?.address ?? votes.address]
  const who = scope.nameOf(votes.address)

  const movesIn = (moment: BlockMoment | PendingMoment): readonly Move[] => {
    const moves = new Map<Address, Move>()
    for (const { args, log } of changes.of(moment)) {
      const known = moves.get(args.delegate)
      const grew = args.newVotes > args.previousVotes ? [log.tx] : []
      moves.set(args.delegate, {
        delegate: args.delegate,
        before: known?.before ?? args.previousVotes,
        peak: known && known.peak > args.newVotes ? known.peak : args.newVotes,
        after: args.newVotes,
        grewIn: [...new Set([...(known?.grewIn ?? []), ...grew])],
      })
    }
    return [...moves.values()]
  }

  /** Transactions in which this delegate proposed or voted. */
  const usedBy = (delegate: Address, moment: BlockMoment | PendingMoment): readonly Hex[] =>
    uses.flatMap((probe) =>
      probe.of(moment).flatMap(({ args, log }) => (('voter' in args ? args.voter : args.proposer) === delegate ? [log.tx] : [])),
    )

  const flash = (move: Move, all: bigint, moment: BlockMoment | PendingMoment): readonly Finding[] => {
    const gained = move.peak - move.before
    if (gained * million <= all * borrowed) return []
    const used = usedBy(move.delegate, moment)
    const together = used.filter((tx) => move.grewIn.includes(tx))
    if (used.length === 0) return []
    const returned = move.after < move.peak
    const where = together.length > 0 ? 'transaction' : 'block'
    const likelihood = where === 'block' ? sameBlock : returned ? givenBack : sameTransaction
    return [
      {
        subjects,
        likelihood,
        weight: 'verdict',
        summary: `${move.delegate} gained ${percent((gained * million) / all)} of ${who}'s votes${returned ? ', gave them back' : ''} and used them in one ${where}`,
        evidence: { delegate: move.delegate, gained, after: move.after, all, used: used.length },
        loss: [],
        culprits: [...new Set([...used, ...move.grewIn])],
      },
    ]
  }

  const jump = (move: Move, past: Series, all: bigint, at: number, moment: BlockMoment | PendingMoment): readonly Finding[] => {
    const low = extremes(past, at - window, at)?.low ?? move.before
    const allowed = (all * gains) / million
    const say = toSay(moment.kind, move.before - low, move.after - low, allowed)
    if (say === 'nothing') return []
    const gained = move.after - low
    return [
      {
        subjects,
        likelihood: likelihoodPast(gained, allowed),
        weight: 'verdict',
        summary: `${move.delegate} gained ${percent((gained * million) / all)} of ${who}'s votes within ${duration(window)}; ${percent(gains)} may`,
        evidence: { delegate: move.delegate, gained, allowed, now: move.after, all },
        loss: [],
        culprits: say === 'blame' ? move.grewIn : [],
      },
    ]
  }

  return {
    reads: [supply],
    logs: [changes, ...uses].map((probe) => probe as LogProbe<unknown> as LogProbe),
    judge: (delegates, moment) => {
      const all = supply.of(moment)
      const moves = movesIn(moment)
      if (moves.length === 0 || !all.ok || all.value === 0n) return { delegates, findings: [] }
      const at = Number(moment.block.timestamp)
      const findings: Finding[] = []
      const next: Record<Address, Series> = { ...delegates }
      const least = (all.value * gains) / million / trackedPart
      for (const move of moves) {
        const known = delegates[move.delegate]
        // Before the first change that we saw it had what the event says it had.
        const past = known ?? extended(emptySeries, at - window, move.before, span)
        const borrowedVotes = flash(move, all.value, moment)
        findings.push(...(borrowedVotes.length > 0 ? borrowedVotes : jump(move, past, all.value, at, moment)))
        if (move.after >= least) next[move.delegate] = extended(past, at, move.after, span)
        else delete next[move.delegate]
      }
      return { delegates: moment.kind === 'block' ? next : delegates, findings }
    },
  }
}
