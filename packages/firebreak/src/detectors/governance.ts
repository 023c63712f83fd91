// The `governance` watch: votes that are gathered or borrowed, and proposals, which are tried in simulation before they can pass.
import type { Duration, Share } from '../base/units.ts'
import type { LogProbe, Probe } from '../model/call.ts'
import type { Detector, Finding, Needs, Scope, Watch } from '../model/detector.ts'
import type { Fault } from '../model/errors.ts'
import type { Forecast } from '../model/forecast.ts'
import type { BlockMoment, Moment } from '../model/moment.ts'
import { forecasting, labelOf, nameOf, placeOf, type Rules } from './governance/forecasting.ts'
import { gatherer } from './governance/gather.ts'
import { lingers, mostOpen, type Operation } from './governance/operation.ts'
import { powerOf, type Delegates } from './governance/power.ts'
import { oneChain, seconds, share } from './options.ts'
import type { At } from './options.ts'

export interface GovernanceOptions {
  /** OpenZeppelin's Governor or Compound's GovernorBravo: its proposals are tried. */
  readonly governor?: At
  /** OpenZeppelin's TimelockController or Compound's Timelock: what is scheduled in it is tried. */
  readonly timelock?: At
  /** OpenZeppelin's AccessManager: what is scheduled in it is tried. */
  readonly manager?: At
  /** The token (or vault) whose votes count. */
  readonly votes?: At
  /** How much of all votes one delegate may gain within the window. Default '5%'. */
  readonly gains?: Share
  /** Default '1d'. */
  readonly window?: Duration
  /** How much of all votes may be gained in the very block that uses them. Default '1%'. */
  readonly borrowed?: Share
  /** How often what is still open is tried again, since what it does may change. Default '1h'. */
  readonly again?: Duration
}

interface State {
  readonly open: readonly Operation[]
  readonly delegates: Delegates
  readonly rules: Rules | undefined
  /** The first block that was seen and the newest: how long a block takes here. */
  readonly first: Clock | undefined
  readonly now: Clock | undefined
  readonly dropped: boolean
}

interface Clock {
  readonly number: bigint
  readonly timestamp: bigint
}

const start: State = { open: [], delegates: {}, rules: undefined, first: undefined, now: undefined, dropped: false }
/** Where too few blocks are known: Ethereum's. */
const usualPaceMs = 12_000
const untriedLikelihood = 0.3

/**
 * Speaks when votes are gathered or borrowed, and when a proposal would break what other watches of the plan look after.
 * @example
 * votes: governance({ governor: dao, timelock, votes: token, gains: '5%', window: '1d' })
 */
export function governance(options: GovernanceOptions): Watch {
  const at = (place: At | undefined): string => place?.address ?? 'none'
  return {
    kind: 'governance',
    options: {
      governor: at(options.governor),
      timelock: at(options.timelock),
      manager: at(options.manager),
      votes: at(options.votes),
      gains: options.gains ?? '5%',
      window: options.window ?? '1d',
      borrowed: options.borrowed ?? '1%',
      again: options.again ?? '1h',
    },
    build: (scope) => build(scope, options),
  }
}

function build(scope: Scope, options: GovernanceOptions): Detector<State> | readonly Fault[] {
  const faults: Fault[] = []
  const places = { governor: options.governor, timelock: options.timelock, manager: options.manager }
  const named = [options.governor, options.timelock, options.manager, options.votes].filter((one) => one !== undefined)
  const gains = share(faults, 'gains', options.gains ?? '5%')
  const borrowed = share(faults, 'borrowed', options.borrowed ?? '1%')
  const window = seconds(faults, 'window', options.window ?? '1d')
  const again = BigInt(seconds(faults, 'again', options.again ?? '1h'))
  const chain = oneChain(
    faults,
    '',
    named.map((one) => one.chain),
  )
  if (faults.length > 0) return faults

  const gathering = gatherer(scope, places)
  const trying = forecasting(scope, places, gathering.progress)
  const power = options.votes && powerOf(scope, { votes: options.votes, governor: options.governor, gains, borrowed, window })
  const subjects = named.filter((one) => one !== options.votes || named.length === 1).map((one) => one.address)
  const logs = uniqueLogs([...gathering.logs, ...(power?.logs ?? [])])
  const reads: readonly Probe[] = [...trying.reads, ...(power?.reads ?? [])]

  const paceMs = ({ first, now }: State): number =>
    first && now && now.number > first.number
      ? Number(((now.timestamp - first.timestamp) * 1_000n) / (now.number - first.number))
      : usualPaceMs

  /** Made once for each round: encoding a large proposal takes longer than a block should. */
  const made = new WeakMap<Operation, { readonly round: number; readonly rules: Rules; readonly forecast: Forecast }>()

  const forecasts = (state: State): readonly Forecast[] => {
    const { rules, now } = state
    if (!rules || !now) return []
    return state.open.flatMap((one) => {
      if (one.over !== undefined || one.calls.length === 0) return []
      const round = Number((now.timestamp - one.seenAt) / again)
      const known = made.get(one)
      if (known?.round === round && known.rules === rules) return [known.forecast]
      const forecast = trying.forecast(one, { rules, ...now, paceMs: paceMs(state), round })
      made.set(one, { round, rules, forecast })
      return [forecast]
    })
  }

  const needsOf = new WeakMap<State, Needs>()
  /** Reads that stay the same stay the same array, so that their encoding is done once. */
  let lastReads: { readonly key: string; readonly reads: readonly Probe[] } = { key: '', reads }

  function needs(state: State): Needs {
    const known = needsOf.get(state)
    if (known) return known
    const key = state.open.map(nameOf).join()
    if (lastReads.key !== key) lastReads = { key, reads: key === '' ? reads : [...reads, ...state.open.map(gathering.progress)] }
    const all = forecasts(state)
    const wanted: Needs = { reads: lastReads.reads, logs, ...(all.length > 0 ? { forecasts: all } : {}) }
    needsOf.set(state, wanted)
    return wanted
  }

  function untried(operations: readonly Operation[], why: string): readonly Finding[] {
    return operations.map((one) => ({
      subjects: [placeOf(places, one)?.address ?? subjects[0] ?? '0x'],
      likelihood: untriedLikelihood,
      weight: 'evidence',
      summary: `${labelOf(one, scope.nameOf(placeOf(places, one)?.address ?? '0x'))} ${why}`,
      evidence: { operation: one.id, calls: one.count },
      loss: [],
      culprits: [one.tx],
    }))
  }

  function onBlock(state: State, moment: BlockMoment): { state: State; findings: readonly Finding[] } {
    const gathered = gathering.gather(state.open, moment)
    const old = moment.block.number - lingers
    const kept = gathered.some((one) => one.over && one.over.block < old)
      ? gathered.filter((one) => !one.over || one.over.block >= old)
      : gathered
    const open = kept.length > mostOpen ? newest(kept) : kept
    const fresh = open.filter((one) => !state.open.some((other) => nameOf(other) === nameOf(one)))
    const judged = power?.judge(state.delegates, moment) ?? { delegates: state.delegates, findings: [] }
    const { number, timestamp } = moment.block
    const findings = [
      ...judged.findings,
      ...untried(
        fresh.filter((one) => one.calls.length === 0 && one.count > 0),
        'is too large to be tried',
      ),
      ...(open === kept || state.dropped
        ? []
        : untried(
            kept.filter((one) => !open.includes(one)),
            `is not tried: more than ${mostOpen} are open`,
          )),
    ]
    return {
      state: {
        open,
        delegates: judged.delegates,
        rules: sameRules(state.rules, trying.rulesAt(moment)),
        first: state.first ?? { number, timestamp },
        now: { number, timestamp },
        dropped: open !== kept,
      },
      findings,
    }
  }

  function step(state: State, moment: Moment): { state: State; findings: readonly Finding[] } {
    switch (moment.kind) {
      case 'tick':
        return { state, findings: [] }
      case 'pending':
        return { state, findings: power?.judge(state.delegates, moment).findings ?? [] }
      case 'block':
        return onBlock(state, moment)
    }
    return moment satisfies never
  }

  return { kind: 'governance', chain, subjects, start, needs, step }
}

/** Those that are over go first, then the oldest, which were tried when they came: whoever floods us drives out nothing untried. */
function newest(operations: readonly Operation[]): readonly Operation[] {
  return operations.filter((one) => !one.over).slice(-mostOpen)
}

/** The same object while nothing changed, so that what was made from it is still good. */
function sameRules(before: Rules | undefined, now: Rules | undefined): Rules | undefined {
  if (!before || !now) return now ?? before
  const same = (Object.keys(now) as (keyof Rules)[]).every((name) => now[name] === before[name])
  return same ? before : now
}

const uniqueLogs = (probes: readonly LogProbe[]): readonly LogProbe[] => [...new Map(probes.map((probe) => [probe.key, probe])).values()]
