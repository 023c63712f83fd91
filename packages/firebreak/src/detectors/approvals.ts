// The `approvals` watch: a router drained through its users' allowances, and allowances that the plan's own contracts give away.
import type { Duration } from '../base/units.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Fault } from '../model/errors.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { BlockMoment, Moment, PendingMoment } from '../model/moment.ts'
import type { Amount } from '../model/money.ts'
import { approvalsGiven } from './approvals-given.ts'
import type { Token, Unlimited } from './approvals-given.ts'
import { likelihoodPast, toSay } from './likelihood.ts'
import { duration, oneChain, seconds } from './options.ts'
import type { At } from './options.ts'
import { payersIn, regularAfter } from './payers.ts'
import { pullsIn } from './pulls.ts'
import { transfersOf } from './token-events.ts'
import { worth } from './worth.ts'

export interface ApprovalsOptions {
  /** The tokens whose transfers and approvals are looked at: contracts, or assets of the plan by name. */
  readonly tokens: readonly (string | At)[]
  /** Contracts that users give allowances to. */
  readonly routers?: readonly At[]
  /** How many owners' tokens may be moved by transactions that they had no hand in, within the window. Default 2. */
  readonly ownersAtMost?: number
  /** Default '10m'. */
  readonly window?: Duration
  /** Senders and contracts that may use others' allowances at the routers: relayers, keepers, fillers of signed orders. */
  readonly relayers?: readonly (Address | At)[]
  /** Contracts of the plan whose own approvals are looked at: the treasury, vaults. */
  readonly owners?: readonly At[]
  /** Whom those may approve. The routers may be approved as well. */
  readonly expected?: readonly (Address | At)[]
  /** What an approval without limit to an expected spender is. Default 'evidence'. */
  readonly unlimited?: Unlimited
}

interface State {
  /** Owners whose tokens others moved within the window, and when, oldest first. */
  readonly recent: readonly { readonly owner: Address; readonly at: number }[]
  /** Who pays out of routers in ordinary traffic; only kept where there are no call trees. */
  readonly regular: readonly Address[]
  readonly learned: number
}

const start: State = { recent: [], regular: [], learned: 0 }
const keptOwners = 256
/** Blocks of traffic after which pools are told from victims well enough for a verdict. */
const learnsFor = 100
const strangerLikelihood = 0.2
const addressOf = (one: Address | At): Address => (typeof one === 'string' ? one : one.address)

/**
 * Speaks when a router moves the tokens of owners who took no part, and when a contract of the plan approves an unknown spender.
 * @example
 * allowances: approvals({ tokens: ['usdc', 'weth'], routers: [router], owners: [treasury], expected: [bridge] })
 */
export function approvals(options: ApprovalsOptions): Watch {
  const places = (list: readonly (Address | At)[] = []): readonly Address[] => list.map(addressOf)
  return {
    kind: 'approvals',
    options: {
      tokens: options.tokens.map((one) => (typeof one === 'string' ? one : one.address)),
      routers: places(options.routers),
      ownersAtMost: options.ownersAtMost ?? 2,
      window: options.window ?? '10m',
      relayers: places(options.relayers),
      owners: places(options.owners),
      expected: places(options.expected),
      unlimited: options.unlimited ?? 'evidence',
    },
    build: (scope) => build(scope, options),
  }
}

/** A transaction in which owners lost tokens without a hand in it. */
interface Taking {
  readonly tx: Hex
  readonly owners: readonly Address[]
  readonly taken: readonly { readonly token: Address; readonly amount: bigint }[]
  readonly router: Address
  /** Told from a call tree; otherwise guessed from the transfers. */
  readonly sure: boolean
}

function build(scope: Scope, options: ApprovalsOptions): Detector<State> | readonly Fault[] {
  const faults: Fault[] = []
  const { routers = [], owners = [], ownersAtMost = 2, unlimited = 'evidence' } = options
  const window = seconds(faults, 'window', options.window ?? '10m')
  const tokens = options.tokens.flatMap((one, i): Token[] => {
    const asset = scope.asset(typeof one === 'string' ? one : one.address)
    if (asset?.token !== undefined) return [{ address: asset.token, chain: asset.chain, asset }]
    if (typeof one !== 'string') return [one]
    faults.push({
      path: `tokens[${i}]`,
      wrong: asset ? `'${one}' is the chain's own coin, which has no allowances` : `the plan has no asset '${one}'`,
      mend: 'name an asset of the plan that is a token, or give a contract',
    })
    return []
  })
  if (!Number.isInteger(ownersAtMost) || ownersAtMost < 1 || ownersAtMost >= keptOwners)
    faults.push({ path: 'ownersAtMost', wrong: `${ownersAtMost} is not a bound`, mend: `write a whole number from 1 to ${keptOwners - 1}` })
  if (!['evidence', 'verdict', 'allowed'].includes(unlimited))
    faults.push({ path: 'unlimited', wrong: `'${unlimited}' is no answer`, mend: "write 'evidence', 'verdict' or 'allowed'" })
  if (routers.length === 0 && owners.length === 0)
    faults.push({ path: 'routers', wrong: 'it watches nobody', mend: 'give `routers`, `owners`, or both' })
  const chain = oneChain(
    faults,
    'tokens',
    [...tokens, ...routers, ...owners].map((one) => one.chain),
  )
  if (faults.length > 0) return faults

  const spenders: ReadonlySet<Address> = new Set(routers.map(addressOf))
  const relayers: ReadonlySet<Address> = new Set((options.relayers ?? []).map(addressOf))
  const expected: ReadonlySet<Address> = new Set([...spenders, ...(options.expected ?? []).map(addressOf)])
  const tokenSet: ReadonlySet<Address> = new Set(tokens.map((one) => one.address))
  const moved = spenders.size > 0 ? tokens.map((one) => ({ ...one, of: transfersOf(scope, one) })) : []
  const given = approvalsGiven(scope, tokens, { owners, expected, unlimited })
  const needs = {
    reads: given.reads,
    logs: [...moved.map((one) => one.of), ...given.logs],
    ...(spenders.size > 0 ? { frames: [...spenders] } : {}),
  }
  const subjects: readonly Address[] = [...new Set([...routers, ...owners].map(addressOf))]
  const own: ReadonlySet<Address> = new Set([...subjects, ...expected])

  function takingOf(moment: Moment, one: Took, regular: ReadonlySet<Address>): Taking | undefined {
    if (relayers.has(one.from) || (one.to && relayers.has(one.to))) return undefined
    const router = one.touches.find((address) => spenders.has(address))
    if (!router) return undefined
    if (one.frames && one.frames.length > 0) {
      const pulls = pullsIn(one.frames, spenders, tokenSet)
      if (pulls.length === 0) return undefined
      return { tx: one.tx, owners: [...new Set(pulls.map((pull) => pull.owner))], taken: pulls, router, sure: true }
    }
    const transfers = moved.flatMap(({ address, of }) =>
      of.of(moment).flatMap(({ args, log }) => (log.tx === one.tx ? [{ ...args, token: address }] : [])),
    )
    const payers = payersIn(transfers, one.from, own).filter((payer) => !regular.has(payer))
    if (payers.length === 0) return undefined
    const taken = transfers.filter(({ from }) => payers.includes(from)).map(({ token, value }) => ({ token, amount: value }))
    return { tx: one.tx, owners: payers, taken, router, sure: false }
  }

  /** By asset of the plan; other tokens have no price here. */
  function amounts(taken: Taking['taken']): readonly Amount[] {
    const sums = new Map<string, bigint>()
    for (const { token, amount } of taken) {
      const asset = tokens.find((one) => one.address === token)?.asset
      if (asset) sums.set(asset.name, (sums.get(asset.name) ?? 0n) + amount)
    }
    return [...sums].map(([asset, amount]) => ({ asset, amount }))
  }

  const named = (taken: readonly Amount[]): string =>
    taken
      .map(({ asset, amount }) => {
        const known = tokens.find((one) => one.asset?.name === asset)?.asset
        return known ? worth(known, amount, undefined) : ''
      })
      .join(', ')

  function takingFindings(
    takings: readonly Taking[],
    state: State,
    recent: State['recent'],
    moment: BlockMoment | PendingMoment,
  ): Finding[] {
    if (takings.length === 0) return []
    const bound = BigInt(ownersAtMost)
    const at = Number(moment.block.timestamp)
    const sure = takings.filter((one) => one.sure)
    const before = within(state.recent, at).length
    const now = within(recent, at).length
    const loss = amounts(takings.flatMap((one) => one.taken))
    const say = toSay(moment.kind, BigInt(before), BigInt(now), bound)
    // Without call trees a swap through several pools looks alike: only one transaction that takes from many counts.
    const guessed = takings.filter((one) => !one.sure && one.owners.length > ownersAtMost)
    const verdict = (sure.length > 0 && say !== 'nothing') || (guessed.length > 0 && state.learned >= learnsFor)
    const culprits = verdict ? (sure.length > 0 && say !== 'nothing' ? sure : guessed) : takings
    if (!verdict && sure.length === 0 && guessed.length === 0) return []
    const count = sure.length > 0 ? now : Math.max(...guessed.map((one) => one.owners.length))
    const router = scope.nameOf(culprits[0]?.router ?? '0x')
    const what = loss.length > 0 ? `: ${named(loss)} in this moment` : ''
    return [
      {
        subjects: [...new Set(culprits.map((one) => one.router))],
        likelihood: verdict ? likelihoodPast(BigInt(count), bound) : strangerLikelihood,
        weight: verdict ? 'verdict' : 'evidence',
        summary: `${router} moved tokens of ${count} owner${count === 1 ? '' : 's'} who had no hand in it${sure.length > 0 ? ` within ${duration(window)}` : ', as far as transfers alone tell'}; ${ownersAtMost} may be${what}`,
        evidence: {
          owners: count,
          allowed: ownersAtMost,
          first: culprits[0]?.owners[0] ?? '',
          seenIn: sure.length > 0 ? 'calls' : 'transfers',
        },
        loss: verdict ? loss : [],
        culprits: culprits.map((one) => one.tx),
      },
    ]
  }

  const within = (recent: State['recent'], at: number): State['recent'] => recent.filter((one) => one.at > at - window)

  function step(state: State, moment: Moment): { state: State; findings: readonly Finding[] } {
    if (moment.kind === 'tick' || (moment.kind === 'pending' && moment.reverted)) return { state, findings: [] }
    const at = Number(moment.block.timestamp)
    const regular = new Set(state.regular)
    const seen = spenders.size > 0 ? tookIn(moment) : []
    const takings = seen.flatMap((one) => takingOf(moment, one, regular) ?? [])
    const recent = takings.some((one) => one.sure) ? withOwners(state.recent, takings, at) : state.recent
    const findings = [...takingFindings(takings, state, recent, moment), ...given.findings(moment)]
    if (moment.kind === 'pending') return { state, findings }
    const guessed = seen.some((one) => !one.frames)
    const learned = guessed && state.learned < learnsFor ? state.learned + 1 : state.learned
    const ordinary = takings.filter((one) => !one.sure && one.owners.length <= ownersAtMost).flatMap((one) => one.owners)
    const payers = guessed
      ? regularAfter(state.regular, learned < learnsFor ? takings.flatMap((one) => one.owners) : ordinary)
      : state.regular
    const kept = recent.length > 0 ? dropped(recent, at) : recent
    const same = kept === state.recent && payers === state.regular && learned === state.learned
    return { state: same ? state : { recent: kept, regular: payers, learned }, findings }
  }

  /** The same list while nothing falls out of the window. */
  const dropped = (recent: State['recent'], at: number): State['recent'] =>
    recent.every((one) => one.at > at - window) ? recent : within(recent, at)

  const withOwners = (recent: State['recent'], takings: readonly Taking[], at: number): State['recent'] => {
    const news = new Set(takings.flatMap((one) => (one.sure ? one.owners : [])))
    return [...recent.filter(({ owner }) => !news.has(owner)), ...[...news].map((owner) => ({ owner, at }))].slice(-keptOwners)
  }

  return { kind: 'approvals', chain, subjects, start, needs: () => needs, step }
}

/** A transaction that touched something of the plan, as both kinds of moment have it. */
interface Took {
  readonly tx: Hex
  readonly from: Address
  readonly to: Address | undefined
  readonly touches: readonly Address[]
  readonly frames: PendingMoment['frames'] | undefined
}

function tookIn(moment: BlockMoment | PendingMoment): readonly Took[] {
  const all = moment.kind === 'pending' ? [moment] : moment.touched
  return all.map(({ tx, touches, frames }) => ({
    tx: tx.hash,
    from: tx.from,
    to: tx.to,
    touches,
    frames: frames?.length ? frames : undefined,
  }))
}
