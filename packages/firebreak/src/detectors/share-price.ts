// The `sharePrice` watch: what one share of a vault or market is worth, against what it was worth within a window.
import type { AbiFunction } from 'abitype'
import type { Duration, Share } from '../base/units.ts'
import type { Read } from '../model/call.ts'
import type { Fault } from '../model/errors.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Address } from '../model/hex.ts'
import type { BlockMoment, Moment, PendingMoment } from '../model/moment.ts'
import { likelihoodPast, toSay } from './likelihood.ts'
import { duration, oneChain, percent, readText, seconds, share } from './options.ts'
import type { At } from './options.ts'
import { blamed, look, probesOf, rawOf, sameRaw, unreadableFinding, wholeOf } from './reads.ts'
import type { Reads } from './reads.ts'
import { emptySeries, extended, extremes } from './series.ts'
import type { Series } from './series.ts'

export type Shares =
  /** An ERC-4626 vault: its own totalAssets() and totalSupply(). */
  | At
  /** Any two reads whose quotient is the price; their decimals do not matter. */
  | { readonly assets: Read<bigint>; readonly shares: Read<bigint> }
  /** The price itself, as markets report it even while they are empty; with the supply, so that a thin one is noticed. */
  | { readonly rate: Read<bigint>; readonly shares?: Read<bigint> }

export interface SharePriceOptions {
  readonly of: Shares
  /** How far the price may rise within the window. Default '1%'. */
  readonly maxStep?: Share
  /** How far it may fall. Default: as far as it may rise. */
  readonly maxDrop?: Share
  /** Default '10m'. */
  readonly window?: Duration
  /** The asset that a share stands for, so that a fall can be counted as a loss (not with `rate`). */
  readonly asset?: string
  /** A supply below this many of the smallest unit can be moved at will by a gift. Default 1000. */
  readonly thin?: bigint
}

interface State {
  readonly raw: readonly string[]
  readonly prices: Series
  /** Price times `scale`; absent until there was a share. */
  readonly price: bigint | undefined
  readonly thin: boolean
  readonly unreadable: boolean
}

const start: State = { raw: [], prices: emptySeries, price: undefined, thin: false, unreadable: false }

/** Large enough that one unit of assets over the largest supply is not rounded to nothing. */
const scale = 10n ** 78n
/** Units of asset per unit of share that no vault starts with. */
const absurdStart = 1_000n
const thinLikelihood = 0.3
const million = 1_000_000n
const nobody = { culprits: [] }

const view = (name: string): AbiFunction => ({
  type: 'function',
  name,
  stateMutability: 'view',
  inputs: [],
  outputs: [{ type: 'uint256' }],
})
const viewOf = (at: At, name: string): Read<bigint> => ({ kind: 'read', chain: at.chain, to: at.address, fn: view(name), args: [] })

function readsOf(of: Shares): Reads {
  if ('address' in of) return { assets: viewOf(of, 'totalAssets'), shares: viewOf(of, 'totalSupply') }
  if ('assets' in of) return { assets: of.assets, shares: of.shares }
  return of.shares ? { rate: of.rate, shares: of.shares } : { rate: of.rate }
}

/**
 * Speaks when a share's price jumps, as a gift to a nearly empty market makes it, or falls.
 * @example
 * rate: sharePrice({ of: vault, maxStep: '1%', maxDrop: '0.1%', asset: 'usdc' })
 */
export function sharePrice(options: SharePriceOptions): Watch {
  const reads = readsOf(options.of)
  const maxStep = options.maxStep ?? '1%'
  return {
    kind: 'sharePrice',
    options: {
      of: Object.fromEntries(Object.entries(reads).map(([name, read]) => [name, readText(read)])),
      maxStep,
      maxDrop: options.maxDrop ?? maxStep,
      window: options.window ?? '10m',
      asset: options.asset ?? 'none',
      thin: options.thin ?? 1_000n,
    },
    build: (scope) => build(scope, reads, options),
  }
}

function build(scope: Scope, reads: Reads, options: SharePriceOptions): Detector<State> | readonly Fault[] {
  const faults: Fault[] = []
  const maxStep = options.maxStep ?? '1%'
  const up = share(faults, 'maxStep', maxStep, 100n * million)
  const down = options.maxDrop === undefined && up >= million ? million - 1n : share(faults, 'maxDrop', options.maxDrop ?? maxStep)
  const window = seconds(faults, 'window', options.window ?? '10m')
  const thin = options.thin ?? 1_000n
  const all = Object.values(reads)
  const chain = oneChain(
    faults,
    'of',
    all.map((read) => read.chain),
  )
  const asset = options.asset === undefined ? undefined : scope.asset(options.asset)
  if (options.asset !== undefined && !asset) {
    faults.push({ path: 'asset', wrong: `the plan has no asset '${options.asset}'`, mend: 'name it under `assets`, or leave it out' })
  }
  if (asset && 'rate' in reads) {
    faults.push({
      path: 'asset',
      wrong: 'a rate does not say how many assets there are',
      mend: 'give `assets` and `shares` instead of `rate`, or leave `asset` out',
    })
  }
  if (faults.length > 0) return faults

  const probes = probesOf(scope, reads)
  const subjects: readonly Address[] = [...new Set(all.map((read) => read.to))]
  const needs = { reads: probes.map(([, probe]) => probe), logs: [] }
  const span = { keeps: window, resolution: Math.floor(window / 256) }
  const who = subjects[0] === undefined ? '' : scope.nameOf(subjects[0])
  const isVault = 'address' in options.of

  interface Seen {
    /** Scaled; absent while there is no share. */
    readonly price: bigint | undefined
    readonly assets: bigint
    readonly shares: bigint | undefined
  }

  function seen(values: Readonly<Record<string, unknown>>): Seen {
    const supply = wholeOf(values['shares'])
    const rate = wholeOf(values['rate'])
    if (rate !== undefined) return { price: rate * scale, assets: 0n, shares: supply }
    const held = wholeOf(values['assets']) ?? 0n
    return { price: supply !== undefined && supply > 0n ? (held * scale) / supply : undefined, assets: held, shares: supply }
  }

  function finding(
    summary: string,
    moment: Moment,
    now: Seen,
    more: Pick<Finding, 'likelihood' | 'weight' | 'evidence'> & Partial<Finding>,
  ): Finding {
    const supply: Finding['evidence'] = now.shares === undefined ? {} : { shares: now.shares }
    return { subjects, loss: [], culprits: blamed(moment, subjects), summary, ...more, evidence: { ...more.evidence, ...supply } }
  }

  function moves(state: State, now: Seen, moment: BlockMoment | PendingMoment, at: number): readonly Finding[] {
    if (now.price === undefined) return []
    if (state.price === undefined) {
      const absurd = isVault && now.shares !== undefined && now.shares < thin && now.assets >= absurdStart * now.shares
      if (!absurd) return []
      const evidence = { direction: 'up', assets: now.assets }
      return [
        finding(`the first shares of ${who} are few and dear: whoever comes next is rounded down to nothing`, moment, now, {
          likelihood: 0.8,
          weight: 'verdict',
          evidence,
        }),
      ]
    }
    const trail = extremes(state.prices, at - window, at)
    if (!trail) return []
    const risen = change(trail.low, now.price)
    const fallen = change(trail.high, now.price)
    const rise = toSay(moment.kind, change(trail.low, state.price), risen, up)
    if (rise !== 'nothing') {
      const evidence = { direction: 'up', movedPpm: risen, allowedPpm: up }
      return [
        finding(`a share of ${who} rose by ${percent(risen)} within ${duration(window)}; ${percent(up)} may`, moment, now, {
          likelihood: likelihoodPast(risen, up),
          weight: 'verdict',
          evidence,
          ...(rise === 'mention' && nobody),
        }),
      ]
    }
    const fall = toSay(moment.kind, -change(trail.high, state.price), -fallen, down)
    if (fall !== 'nothing') {
      const evidence = { direction: 'down', movedPpm: fallen, allowedPpm: down }
      const missing = now.shares === undefined ? 0n : ((trail.high - now.price) * now.shares) / scale
      const loss = asset && missing > 0n ? [{ asset: asset.name, amount: missing }] : []
      return [
        finding(`a share of ${who} fell by ${percent(-fallen)} within ${duration(window)}; ${percent(down)} may`, moment, now, {
          likelihood: likelihoodPast(-fallen, down),
          weight: 'verdict',
          evidence,
          loss,
          ...(fall === 'mention' && nobody),
        }),
      ]
    }
    return []
  }

  function step(state: State, moment: Moment): { state: State; findings: readonly Finding[] } {
    if (moment.kind === 'tick') return { state, findings: [] }
    const raw = rawOf(probes, moment)
    if (!raw || sameRaw(raw, state.raw)) return { state, findings: [] }
    const looked = look(probes, moment)
    if (!looked.ok) {
      const findings = state.unreadable ? [] : [unreadableFinding(subjects, looked.unreadable, moment)]
      return { state: moment.kind === 'pending' ? state : { ...state, raw, unreadable: true }, findings }
    }
    const now = seen(looked.values)
    const at = Number(moment.block.timestamp)
    const isThin = now.shares !== undefined && now.shares > 0n && now.shares < thin
    const few =
      isThin && !state.thin
        ? [
            finding(`${who} has ${now.shares} of its smallest shares left: a gift can move their price at will`, moment, now, {
              likelihood: thinLikelihood,
              weight: 'evidence',
              evidence: { thin },
            }),
          ]
        : []
    const findings = [...moves(state, now, moment, at), ...few]
    if (moment.kind === 'pending') return { state, findings }
    const prices = now.price === undefined || now.price === state.price ? state.prices : extended(state.prices, at, now.price, span)
    return { state: { raw, prices, price: now.price ?? state.price, thin: isThin, unreadable: false }, findings }
  }

  return { kind: 'sharePrice', chain, subjects, start, needs: () => needs, step }
}

/** From one price to another in parts of a million, rounded away from nothing: any move past a bound counts, however little past. */
function change(from: bigint, to: bigint): bigint {
  if (from === 0n) return to === 0n ? 0n : million * million
  const parts = (to - from) * million
  return parts > 0n ? (parts + from - 1n) / from : -((-parts + from - 1n) / from)
}
