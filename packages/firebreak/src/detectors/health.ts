// The `health` watch: the accounts of a lending book, found from its events: how near liquidation and insolvency they are, and who moved them.
import type { Detector, Finding, Needs, Scope, Watch } from '../model/detector.ts'
import type { Fault } from '../model/errors.ts'
import type { Address } from '../model/hex.ts'
import type { BlockMoment, Moment, PendingMoment } from '../model/moment.ts'
import { counted, kept, noTotals, toRead } from './health-book.ts'
import { nearShare, sayings } from './health-findings.ts'
import type { Book, Change } from './health-findings.ts'
import { boundsOf, healthText } from './health-options.ts'
import type { HealthOptions } from './health-options.ts'
import { accountProbes, moved, readsOf } from './health-position.ts'
import type { Account, AccountProbes, Position } from './health-position.ts'
import { unreadableFinding } from './reads.ts'
import { emptySeries, extended } from './series.ts'
import { nobody } from './token-events.ts'

interface State extends Book {
  /** Read in this very block: only their moves are of one moment. */
  readonly last: readonly Address[]
  /** Where the turn of the accounts that are far from trouble goes on. */
  readonly cursor: number
  readonly blind: boolean
  readonly told: boolean
}

/**
 * Speaks of bad debt, of a book that is not covered, and of accounts that come near liquidation together.
 * @example
 * book: health({ accounts: [{ event: pool.event('Borrow'), account: 'onBehalfOf' }],
 *   of: (account) => ({ aave: pool.read.getUserAccountData(account) }), unit: { asset: 'usdc', decimals: 8 } })
 */
export function health(options: HealthOptions): Watch {
  return {
    kind: 'health',
    options: healthText(options),
    build: (scope) => build(scope, options),
  }
}

function build(scope: Scope, options: HealthOptions): Detector<State> | readonly Fault[] {
  const faults: Fault[] = []
  const bounds = boundsOf(scope, faults, options)
  if (faults.length > 0) return faults
  const { chain, near, window, step: stepPpm, perBlock, knows } = bounds

  const events = options.accounts.map(({ event, account }) => ({ of: scope.event(event), account }))
  const logs = events.map((one) => one.of)
  const subjects: readonly Address[] = [
    ...new Set([...options.accounts.map((one) => one.event.address), ...readsOf(options.of(nobody)).map((read) => read.to)]),
  ]
  const who = subjects[0] === undefined ? '' : scope.nameOf(subjects[0])
  const { findings, tooMany } = sayings(who, subjects, bounds)
  const span = { keeps: window, resolution: Math.floor(window / 256) }

  // What is asked depends on the state alone; these only spare the encoding.
  const encoded = new Map<Address, AccountProbes>()
  const probesOf = (id: Address): AccountProbes => {
    const known = encoded.get(id)
    if (known) return known
    if (encoded.size >= 2 * knows) encoded.clear()
    const probes = accountProbes(scope, options.of(id))
    encoded.set(id, probes)
    return probes
  }
  const asked = new WeakMap<readonly Address[], Needs>()
  const needs = (state: State): Needs => {
    const before = asked.get(state.next)
    if (before) return before
    const now = { reads: state.next.flatMap((id) => probesOf(id).probes), logs }
    asked.set(state.next, now)
    return now
  }

  function changeOf(state: State, moment: BlockMoment | PendingMoment, own: ReadonlySet<Address>): Change {
    const read = new Map<Address, Position>()
    for (const id of state.next) {
      const position = probesOf(id).of(moment)
      if (position) read.set(id, position)
    }
    const lately = new Set(state.last)
    let { totals } = state
    let firsts = noTotals
    let [accounts, debt, of, better] = [0, 0n, 0n, 0]
    for (const { id, position: was } of state.accounts) {
      const now = read.get(id)
      if (!now) continue
      totals = counted(counted(totals, was, near, -1n), now, near, 1n)
      if (!was) firsts = counted(firsts, now, near, 1n)
      else if (lately.has(id) && !own.has(id)) {
        of += was.debt
        if (!moved(was, now, stepPpm)) continue
        accounts++
        debt += was.debt
        if (now.weighted * was.debt > was.weighted * now.debt) better++
      }
    }
    return { read, totals, firsts, stirred: { accounts, debt, of, better } }
  }

  function namedIn(moment: Moment): ReadonlySet<Address> {
    const named = new Set<Address>()
    for (const { of, account } of events)
      for (const { args } of of.of(moment)) {
        const id = args[account]
        if (typeof id === 'string' && id !== nobody) named.add(id as Address)
      }
    return named
  }

  function advanced(state: State, change: Change, news: ReadonlySet<Address>, at: number): State {
    const changed = state.accounts.some(({ id, position }) => differs(position, change.read.get(id)))
    const members = new Set(state.accounts.map((one) => one.id))
    const strangers = [...news].filter((id) => !members.has(id))
    let { accounts, totals, dropped } = state
    if (changed || strangers.length > 0) {
      // Whoever owes nothing is no part of the book; a new debt names it again.
      const read = state.accounts.map((one) => withPosition(one, change.read.get(one.id))).filter((one) => one.position?.debt !== 0n)
      const all = [...read, ...strangers.map((id): Account => ({ id }))]
      accounts = kept(all, knows)
      dropped += all.length - accounts.length
      totals = accounts.reduce((sum, one) => counted(sum, one.position, near, 1n), noTotals)
    }
    const shareNow = totals.debt > 0n ? nearShare(totals) : undefined
    // New accounts change the share without anything having happened: it starts anew from there.
    const from = change.firsts.debt > 0n ? emptySeries : state.shares
    const shares = shareNow === undefined || (shareNow === state.share && from === state.shares) ? from : extended(from, at, shareNow, span)
    const reading = toRead(accounts, news, state.cursor, perBlock, near)
    const next = sameList(reading.next, state.next) ? state.next : reading.next
    const same =
      accounts === state.accounts &&
      next === state.next &&
      state.last === state.next &&
      reading.cursor === state.cursor &&
      shares === state.shares
    if (same && !state.blind) return state
    return { ...state, accounts, totals, dropped, next, last: state.next, cursor: reading.cursor, shares, share: shareNow, blind: false }
  }

  function step(state: State, moment: Moment): { state: State; findings: readonly Finding[] } {
    if (moment.kind === 'tick' || (moment.kind === 'pending' && moment.reverted)) return { state, findings: [] }
    const own = namedIn(moment)
    const change = changeOf(state, moment, own)
    const mined = moment.kind === 'block'
    const wanted = state.next.length > 0 && probesOf(state.next[0] ?? nobody).probes.some((probe) => moment.answers.has(probe.key))
    if (wanted && change.read.size === 0) {
      const unreadable = [{ label: `${state.next.length} accounts of ${who}`, why: 'none of their reads gave an answer that fits' }]
      const said = state.blind ? [] : [unreadableFinding(subjects, unreadable, moment)]
      return { state: mined && !state.blind ? { ...state, blind: true } : state, findings: said }
    }
    const said = findings(state, change, moment)
    if (!mined) return { state, findings: said }
    const next = advanced(state, change, own, Number(moment.block.timestamp))
    if (next.dropped === 0 || next.told || moment.past) return { state: next, findings: said }
    return { state: { ...next, told: true }, findings: [...said, tooMany(next)] }
  }

  const accounts = [...new Set(options.known ?? [])].map((id): Account => ({ id })).slice(0, knows)
  const { next, cursor } = toRead(accounts, new Set(), 0, perBlock, near)
  const start: State = {
    accounts,
    dropped: 0,
    totals: noTotals,
    next,
    last: [],
    cursor,
    shares: emptySeries,
    share: undefined,
    blind: false,
    told: false,
  }
  return { kind: 'health', chain, subjects, start, needs, step }
}

function differs(was: Position | undefined, now: Position | undefined): boolean {
  if (!now) return false
  return !was || was.debt !== now.debt || was.weighted !== now.weighted || was.collateral !== now.collateral
}

/** The same object where nothing changed, so that branches share it. */
const withPosition = (account: Account, now: Position | undefined): Account =>
  now && differs(account.position, now) ? { id: account.id, position: now } : account

const sameList = (a: readonly Address[], b: readonly Address[]): boolean => a.length === b.length && a.every((one, i) => one === b[i])
