// The `backing` watch: whether what was issued is still covered by what was set aside for it, here or on another chain.
import { tokens } from '../base/units.ts'
import type { Duration, Share } from '../base/units.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Fault } from '../model/errors.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Moment } from '../model/moment.ts'
import type { Dollars } from '../model/money.ts'
import { countedOf, exact, partText, sumOf } from './backing-parts.ts'
import type { Counted, Part } from './backing-parts.ts'
import { likelihoodPast, toSay } from './likelihood.ts'
import { duration, percent, seconds, share } from './options.ts'
import { blamed, unreadableFinding } from './reads.ts'
import { nobody, transfersOf } from './token-events.ts'
import { priceOf, worth } from './worth.ts'

export interface BackingOptions {
  /** What was issued: the supply of a wrapped, receipt or bridged token. */
  readonly supply: Part | readonly Part[]
  /** What stands behind it: balances, or reads of what is locked. */
  readonly reserves: Part | readonly Part[]
  /** The plan's asset that both sides stand for: gaps are said in it. */
  readonly asset: string
  /** What may be missing: a share of the supply ('0.1%') or whole tokens ('1000'); '0' for nothing. */
  readonly tolerates: Share | `${number}`
  /** How long up to how much may be missing while a mint waits for its backing. More than that is never waited for. */
  readonly grace?: { readonly for: Duration; readonly upTo: Share | `${number}` }
  /** With parts on two chains: how far apart in time their blocks may be to be compared. Choose less than the bridge takes. */
  readonly lag?: Duration
  /** With parts on two chains: the chain whose blocks and waiting transactions are judged. Default: that of the supply. */
  readonly on?: string
}

interface State {
  readonly gap: bigint | undefined
  readonly allowed: bigint
  /** Seconds since 1970 of the block in which more than tolerated was first missing. */
  readonly since: number | undefined
  readonly price: Dollars | undefined
  readonly blind: 'unreadable' | 'apart' | undefined
}

const start: State = { gap: undefined, allowed: 0n, since: undefined, price: undefined, blind: undefined }
const million = 1_000_000n
/** A gap that may still close by itself. */
const waitingLikelihood = 0.3
const apartLikelihood = 0.2
const list = (parts: Part | readonly Part[]): readonly Part[] => [parts].flat()

/**
 * Speaks when more was issued than what stands behind it.
 * @example
 * backed: backing({ supply: { read: wrapped.read.totalSupply(), decimals: 18 }, reserves: { asset: 'usdc', heldBy: vault },
 *   asset: 'usdc', tolerates: '0.01%' })
 */
export function backing(options: BackingOptions): Watch {
  const supply = list(options.supply)
  const reserves = list(options.reserves)
  return {
    kind: 'backing',
    options: {
      supply: supply.map(partText),
      reserves: reserves.map(partText),
      asset: options.asset,
      tolerates: options.tolerates,
      grace: options.grace ? `${options.grace.for} up to ${options.grace.upTo}` : 'none',
      lag: options.lag ?? 'none',
      on: options.on ?? 'default',
    },
    build: (scope) => build(scope, supply, reserves, options),
  }
}

function build(
  scope: Scope,
  supplied: readonly Part[],
  reserved: readonly Part[],
  options: BackingOptions,
): Detector<State> | readonly Fault[] {
  const faults: Fault[] = []
  const asset = scope.asset(options.asset)
  if (!asset)
    faults.push({
      path: 'asset',
      wrong: `the plan has no asset '${options.asset}'`,
      mend: 'name the backing asset under `assets`, with its decimals and price',
    })
  const side = (name: 'supply' | 'reserves', parts: readonly Part[]): readonly Counted[] => {
    if (parts.length === 0) faults.push({ path: name, wrong: 'there is nothing to count', mend: 'give at least one part' })
    return parts.flatMap((part, i) => countedOf(scope, faults, parts.length === 1 ? name : `${name}[${i}]`, part) ?? [])
  }
  const supply = side('supply', supplied)
  const reserves = side('reserves', reserved)
  const decimals = asset?.decimals ?? 18
  const tolerated = boundOf(faults, 'tolerates', options.tolerates, decimals)
  const graceFor = options.grace ? seconds(faults, 'grace.for', options.grace.for) : 0
  const graceUpTo = options.grace ? boundOf(faults, 'grace.upTo', options.grace.upTo, decimals) : undefined
  const parts = [...supply, ...reserves]
  const home = options.on ?? supply[0]?.chain ?? ''
  const others = [...new Set(parts.map((part) => part.chain))].filter((chain) => chain !== home)
  const lag = options.lag === undefined ? 0 : seconds(faults, 'lag', options.lag)
  if (faults.length === 0 && !parts.some((part) => part.chain === home))
    faults.push({ path: 'on', wrong: `no part is on ${home}`, mend: 'name the chain of the supply or of the reserves' })
  if (faults.length === 0 && others.length > 0 && options.lag === undefined)
    faults.push({
      path: 'lag',
      wrong: `the parts are on ${[home, ...others].join(' and ')}, whose blocks do not come together`,
      mend: "say how far apart in time they may be compared, such as lag: '2m'",
    })
  if (!asset || faults.length > 0) return faults

  const probesOn = (chain: string) =>
    parts.flatMap((part) => (part.chain === chain ? [part.amount, ...(part.rate ? [part.rate] : [])] : []))
  const priceProbe = asset.price.kind === 'read' && asset.chain === home ? [asset.price.probe] : []
  const here = parts.filter((part) => part.chain === home)
  const flows = here.flatMap((part) => (part.token ? [{ part, of: transfersOf(scope, { address: part.token, chain: home }) }] : []))
  const needs = { reads: [...probesOn(home), ...priceProbe], logs: flows.map((flow) => flow.of) }
  const subjects: readonly Address[] = [...new Set(here.map((part) => part.about))]
  const issued = supply.filter((part) => part.chain === home).flatMap((part) => (part.token ? [part.token] : []))
  const who = scope.nameOf(supply[0]?.about ?? nobody)
  const inAsset = (value: bigint): bigint => {
    const unit = 10n ** BigInt(exact - asset.decimals)
    return value > 0n ? (value + unit - 1n) / unit : value / unit
  }

  interface Gap {
    readonly supply: bigint
    readonly reserves: bigint
    readonly gap: bigint
    readonly allowed: bigint
  }

  function finding(state: State, now: Gap, moment: Moment, more: Pick<Finding, 'likelihood' | 'weight' | 'culprits'>, rest = ''): Finding {
    const missing = inAsset(now.gap)
    const part = now.supply > 0n ? ` (${percent((now.gap * million) / now.supply)} of the supply)` : ''
    const price = state.price ?? (asset && priceOf(asset, moment))
    return {
      subjects,
      summary: `${asset ? worth(asset, missing, price) : ''}${part} behind ${who} is missing; ${asset ? worth(asset, inAsset(now.allowed), price) : ''} may be${rest}`,
      evidence: {
        asset: asset?.name ?? '',
        supply: inAsset(now.supply),
        reserves: inAsset(now.reserves),
        missing,
        allowed: inAsset(now.allowed),
        ...(state.since === undefined ? {} : { since: state.since }),
      },
      loss: more.weight === 'verdict' ? [{ asset: asset?.name ?? '', amount: missing }] : [],
      ...more,
    }
  }

  /** Who issued or took out the most; those with less than a tenth of that are ordinary users. */
  function movers(moment: Moment): readonly Hex[] | undefined {
    if (moment.kind !== 'block') return blamed(moment, subjects)
    const moved = new Map<Hex, bigint>()
    for (const { part, of } of flows) {
      for (const { args, log } of of.of(moment)) {
        const value = args.value * part.shift
        const widens = supply.includes(part) ? args.from === nobody : args.from === part.about
        const narrows = supply.includes(part) ? args.to === nobody : args.to === part.about
        if (widens !== narrows) moved.set(log.tx, (moved.get(log.tx) ?? 0n) + (widens ? value : -value))
      }
    }
    const most = [...moved.values()].reduce((a, b) => (a > b ? a : b), 0n)
    return most > 0n ? [...moved].filter(([, value]) => value * 10n >= most).map(([tx]) => tx) : blamed(moment, subjects)
  }

  function apart(moment: Moment): { readonly chain: string; readonly by: number } | undefined {
    for (const chain of others) {
      const theirs = moment.elsewhere?.get(chain)
      const by = theirs ? Math.abs(Number(moment.block.timestamp - theirs.block.timestamp)) : 0
      if (by > lag) return { chain, by }
    }
    return undefined
  }

  function blindTo(chain: string, by: number): Finding {
    return {
      subjects,
      likelihood: apartLikelihood,
      weight: 'evidence',
      summary: `what is known of ${chain} and of ${home} is ${duration(by)} apart, more than ${duration(lag)}: this watch is blind until it is less`,
      evidence: { chain, apart: by, lag },
      loss: [],
      culprits: [],
    }
  }

  function step(state: State, moment: Moment): { state: State; findings: readonly Finding[] } {
    if (moment.kind === 'tick') return { state, findings: [] }
    const mined = moment.kind === 'block'
    const supplySide = sumOf(supply, home, moment, moment.elsewhere)
    const reserveSide = sumOf(reserves, home, moment, moment.elsewhere)
    if (!supplySide || !reserveSide) return { state, findings: [] }
    const unreadable = [...supplySide.unreadable, ...reserveSide.unreadable]
    const far = apart(moment)
    const blind = far ? 'apart' : unreadable.length > 0 ? 'unreadable' : undefined
    if (blind !== undefined) {
      if (state.blind === blind) return { state, findings: [] }
      const findings = far ? (mined ? [blindTo(far.chain, far.by)] : []) : [unreadableFinding(subjects, unreadable, moment)]
      return { state: mined ? { ...state, blind } : state, findings }
    }

    const gap = supplySide.sum - reserveSide.sum
    const allowed = amountOf(tolerated, supplySide.sum)
    const now = { supply: supplySide.sum, reserves: reserveSide.sum, gap, allowed }
    const at = Number(moment.block.timestamp)
    const over = gap > allowed && gap > 0n
    const since = over ? (state.since ?? at) : undefined
    const waits = over && graceUpTo !== undefined && gap <= amountOf(graceUpTo, supplySide.sum) && at - (since ?? at) < graceFor
    const say = over ? toSay(moment.kind, state.gap ?? 0n, gap, allowed) : 'nothing'
    const findings: Finding[] = []
    if (over && waits && mined && state.since === undefined)
      findings.push(
        finding(
          state,
          now,
          moment,
          { likelihood: waitingLikelihood, weight: 'evidence', culprits: movers(moment) },
          `; it has ${duration(graceFor)} to close`,
        ),
      )
    // While it lasts every block says so; a waiting transaction only answers for what it adds.
    if (over && !waits && (mined || say === 'blame'))
      findings.push(
        finding(state, now, moment, {
          likelihood: likelihoodPast(gap, allowed),
          weight: 'verdict',
          // A gap that was there when we came is nobody's in this block.
          culprits: say === 'blame' && !(mined && state.gap === undefined) ? movers(moment) : [],
        }),
      )
    if (!mined) return { state, findings }
    const price = asset ? priceOf(asset, moment) : undefined
    const same =
      state.gap === gap && state.allowed === allowed && state.since === since && state.price === price && state.blind === undefined
    return { state: same ? state : { gap, allowed, since, price, blind: undefined }, findings }
  }

  const elsewhere = others.map((chain) => ({ chain, reads: probesOn(chain) }))
  return {
    kind: 'backing',
    chain: home,
    subjects,
    tokens: issued,
    ...(elsewhere.length > 0 ? { elsewhere } : {}),
    start,
    needs: () => needs,
    step,
  }
}

type Bound = { readonly kind: 'share'; readonly ppm: bigint } | { readonly kind: 'amount'; readonly amount: bigint }

/** Of the supply, in the sums' unit. */
const amountOf = (bound: Bound, supply: bigint): bigint => (bound.kind === 'share' ? (supply * bound.ppm) / million : bound.amount)

function boundOf(faults: Fault[], path: string, text: string, decimals: number): Bound {
  if (text.endsWith('%')) return { kind: 'share', ppm: share(faults, path, text) }
  const amount = tokens(text, decimals)
  if (amount === undefined)
    faults.push({
      path,
      wrong: `'${text}' is neither a share nor an amount with ${decimals} decimals`,
      mend: "write '0.1%' of the supply, or whole tokens such as '1000'",
    })
  return { kind: 'amount', amount: (amount ?? 0n) * 10n ** BigInt(exact - decimals) }
}
