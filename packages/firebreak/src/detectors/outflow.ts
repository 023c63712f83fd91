// The `outflow` watch: how much of an asset left a holder within a sliding window, whatever the way it left.
import { tokens } from '../base/units.ts'
import type { Duration, Share } from '../base/units.ts'
import type { Fault } from '../model/errors.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { BlockMoment, Moment, PendingMoment } from '../model/moment.ts'
import { likelihoodPast, toSay } from './likelihood.ts'
import { duration, percent, seconds, share, units } from './options.ts'
import type { At } from './options.ts'
import { blamed, unreadableFinding } from './reads.ts'
import { emptySeries, extended, extremes, valueAt } from './series.ts'
import type { Series } from './series.ts'

export interface OutflowOptions {
  /** The contract that holds the asset. */
  readonly from: At
  /** The asset's name in the plan, or its token. */
  readonly asset: string | { readonly address: Address }
  readonly window: Duration
  /** A share of what was held ('5%'), or whole tokens ('100000'). */
  readonly above: Share | `${number}`
  /** Deposits younger than this count neither as held nor as lost. Default '1h', or the window if that is longer. */
  readonly lag?: Duration
}

interface State {
  readonly balances: Series
  readonly raw: Hex | undefined
  readonly last: bigint | undefined
  readonly unreadable: boolean
}

const start: State = { balances: emptySeries, raw: undefined, last: undefined, unreadable: false }

/** How much a withdrawal says that only young deposits explain. */
const youngLikelihood = 0.3

/**
 * Speaks when more than `above` of what was held has left within `window`.
 * @example
 * drain: outflow({ from: pool, asset: 'usdc', window: '10m', above: '5%' })
 */
export function outflow(options: OutflowOptions): Watch {
  const asset = typeof options.asset === 'string' ? options.asset : options.asset.address
  return {
    kind: 'outflow',
    options: { from: options.from.address, asset, window: options.window, above: options.above, lag: options.lag ?? 'default' },
    build: (scope) => build(scope, asset, options),
  }
}

function build(scope: Scope, nameOrToken: string, options: OutflowOptions): Detector<State> | readonly Fault[] {
  const faults: Fault[] = []
  const asset = scope.asset(nameOrToken)
  const window = seconds(faults, 'window', options.window)
  const lag = options.lag === undefined ? Math.max(3_600, window) : seconds(faults, 'lag', options.lag)
  if (!asset)
    faults.push({
      path: 'asset',
      wrong: `the plan has no asset '${nameOrToken}'`,
      mend: 'name it under `assets`, with its decimals and price',
    })
  else if (asset.chain !== options.from.chain) {
    faults.push({
      path: 'asset',
      wrong: `'${asset.name}' is on ${asset.chain}, the holder on ${options.from.chain}`,
      mend: 'watch each chain by its own asset',
    })
  }
  if (faults.length === 0 && lag < window) {
    faults.push({
      path: 'lag',
      wrong: `the lag of ${duration(lag)} is shorter than the window of ${duration(window)}`,
      mend: 'make the lag at least as long as the window',
    })
  }
  if (faults.length === 0 && lag > 256 * window) {
    faults.push({
      path: 'lag',
      wrong: `the lag of ${duration(lag)} is more than 256 windows`,
      mend: 'shorten the lag or lengthen the window',
    })
  }
  const bound = boundOf(faults, options.above, asset?.decimals ?? 18)
  if (!asset || faults.length > 0) return faults

  const holder = options.from.address
  const balance = scope.balance(asset, holder)
  const transfers = asset.token === undefined ? undefined : scope.transfers(asset)
  const needs = { reads: [balance], logs: transfers ? [transfers] : [] }
  const span = { keeps: lag, resolution: Math.floor(Math.max(window / 256, lag / 4_096)) }
  const subjects = [holder]
  const who = scope.nameOf(holder)

  /** Out of `held`: how much is gone, how much may be, and what this moment deserves. */
  function past(held: bigint, before: bigint, now: bigint, kind: 'block' | 'pending'): Past | undefined {
    const allowed = bound.kind === 'amount' ? bound.amount : (held * bound.ppm) / 1_000_000n
    const say = toSay(kind, held - before, held - now, allowed)
    return say === 'nothing' ? undefined : { gone: held - now, allowed, say }
  }

  function judge(state: State, before: bigint, now: bigint, at: number, moment: BlockMoment | PendingMoment): Finding | undefined {
    // Held long enough: a deposit that was made for this withdrawal widens nothing.
    const aged = extremes(state.balances, at - lag, at - window)?.low ?? before
    const high = extremes(state.balances, at - window, at)?.high ?? before
    const peak = high > before ? high : before
    // A holder that more than doubled within the lag is new: nearly all of its money is young, and all of it counts.
    const ripe = aged * 2n < peak ? peak : aged
    const drained = past(ripe, before, now, moment.kind)
    const recent = drained ? undefined : valueAt(state.balances, at - window)
    const young = recent === undefined ? undefined : past(recent, before, now, moment.kind)
    const said = drained ?? young
    if (!said) return undefined
    const held = drained ? ripe : (recent ?? ripe)
    const part = held > 0n ? percent((said.gone * 1_000_000n) / held) : 'all'
    return {
      subjects,
      likelihood: drained ? likelihoodPast(said.gone, said.allowed) : youngLikelihood,
      weight: drained ? 'verdict' : 'evidence',
      summary:
        `${units(said.gone, asset?.decimals ?? 0)} ${asset?.name ?? ''} (${part}) left ${who} within ${duration(window)}; ${units(said.allowed, asset?.decimals ?? 0)} may` +
        (drained ? '' : `; deposits younger than ${duration(lag)} explain it`),
      evidence: { asset: asset?.name ?? '', held, now, gone: said.gone, allowed: said.allowed, thisMoment: before - now },
      loss: drained ? [{ asset: asset?.name ?? '', amount: said.gone }] : [],
      culprits: said.say === 'blame' ? takers(moment) : [],
    }
  }

  /** Who took it, by net transfers; those who took less than a tenth of the largest are ordinary users. */
  function takers(moment: Moment): readonly Hex[] | undefined {
    if (moment.kind === 'pending' || !transfers) return blamed(moment, subjects)
    const net = new Map<Hex, bigint>()
    for (const { args, log } of transfers.of(moment)) {
      if (args.from === args.to) continue
      if (args.from === holder) net.set(log.tx, (net.get(log.tx) ?? 0n) + args.value)
      else if (args.to === holder) net.set(log.tx, (net.get(log.tx) ?? 0n) - args.value)
    }
    const out = [...net].filter(([, amount]) => amount > 0n).sort(([, a], [, b]) => (a === b ? 0 : a > b ? -1 : 1))
    const most = out[0]?.[1] ?? 0n
    // A token that moves without saying so leaves nobody to name, but somebody did it.
    return out.length === 0 ? blamed(moment, subjects) : out.filter(([, amount]) => amount * 10n >= most).map(([tx]) => tx)
  }

  function step(state: State, moment: Moment): { state: State; findings: readonly Finding[] } {
    if (moment.kind === 'tick') return { state, findings: [] }
    const answer = moment.answers.get(balance.key)
    if (!answer) return { state, findings: [] }
    if (answer.ok && answer.data === state.raw)
      return { state: state.unreadable && moment.kind === 'block' ? { ...state, unreadable: false } : state, findings: [] }
    const decoded = balance.of(moment)
    if (!decoded.ok) {
      const findings = state.unreadable ? [] : [unreadableFinding(subjects, [{ label: balance.label, why: decoded.why }], moment)]
      return { state: moment.kind === 'pending' ? state : { ...state, unreadable: true }, findings }
    }
    const now = decoded.value
    const at = Number(moment.block.timestamp)
    const finding = state.last !== undefined && now < state.last ? judge(state, state.last, now, at, moment) : undefined
    const findings = finding ? [finding] : []
    if (moment.kind === 'pending') return { state, findings }
    return { state: { balances: extended(state.balances, at, now, span), raw: answer.data, last: now, unreadable: false }, findings }
  }

  return { kind: 'outflow', chain: options.from.chain, subjects, start, needs: () => needs, step }
}

interface Past {
  readonly gone: bigint
  readonly allowed: bigint
  readonly say: 'blame' | 'mention'
}

type Bound = { readonly kind: 'share'; readonly ppm: bigint } | { readonly kind: 'amount'; readonly amount: bigint }

function boundOf(faults: Fault[], text: string, decimals: number): Bound {
  if (text.endsWith('%')) return { kind: 'share', ppm: share(faults, 'above', text) }
  const amount = tokens(text, decimals)
  if (amount === undefined) {
    faults.push({
      path: 'above',
      wrong: `'${text}' is neither a share nor an amount with ${decimals} decimals`,
      mend: "write '5%' of what is held, or whole tokens such as '100000'",
    })
  } else if (amount === 0n) {
    faults.push({
      path: 'above',
      wrong: 'a bound of nothing would speak at every withdrawal',
      mend: "choose an amount above nothing, or a share such as '5%'",
    })
  }
  return { kind: 'amount', amount: amount ?? 1n }
}
