// The `privileges` watch: who owns, upgrades, signs, mints and decides, read from state and not only from events.
import type { Fault } from '../model/errors.ts'
import type { Read } from '../model/call.ts'
import type { Detector, Finding, Needs, Scope, Watch } from '../model/detector.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { BlockMoment, Moment, PendingMoment } from '../model/moment.ts'
import { oneChain, readText } from './options.ts'
import type { At } from './options.ts'
import { allowedOf } from './privileges/allowed.ts'
import type { Awaited, Expected } from './privileges/allowed.ts'
import { lookingAt, unseen } from './privileges/look.ts'
import type { Looked, Looking, Seen, Subject } from './privileges/look.ts'
import { roleNames, shortHash } from './privileges/roles.ts'
import { unsequenced, usesOf } from './privileges/uses.ts'
import type { Sequence, Use } from './privileges/uses.ts'
import { isPower, labelOf, nameText, weigh } from './privileges/weigh.ts'
import type { Change, Naming } from './privileges/weigh.ts'
import { sources } from './privileges/powers.ts'
import { blamed, unreadableFinding } from './reads.ts'
import type { Entered } from './reentrancy.ts'

export interface PrivilegesOptions {
  /** Contracts whose powers are watched, whatever they are: tokens, proxies, beacons, Safes, timelocks. */
  readonly of: readonly Entered[]
  /** Other powers: reads whose value should not change. */
  readonly also?: Readonly<Record<string, Read>>
  /** What has to be: anything else is said until it is so again. It holds for each of `of` that has the power. */
  readonly expect?: Expected
  /** What may come: a planned upgrade, an owner to be added. */
  readonly unless?: Awaited
  /** Who usually uses a power, when, and after what. */
  readonly uses?: readonly Use[]
}

interface State {
  readonly contracts: readonly Seen[]
  readonly sequence: Sequence
  readonly untraced: boolean
}

const untracedLikelihood = 0.2
const notAsExpected = 0.9
const lost = 0.3

/**
 * Speaks when a power changes, or is used as it never is.
 * @example
 * powers: privileges({ of: [vault, council, timelock], unless: { implementation: [vaultV2] } })
 */
export function privileges(options: PrivilegesOptions): Watch {
  return {
    kind: 'privileges',
    options: {
      of: options.of.map((one) => one.address),
      also: Object.fromEntries(Object.entries(options.also ?? {}).map(([name, read]) => [name, readText(read)])),
      expect: options.expect ?? {},
      unless: options.unless ?? {},
      uses: (options.uses ?? []).map(useText),
    },
    build: (scope) => build(scope, options),
  }
}

function build(scope: Scope, options: PrivilegesOptions): Detector<State> | readonly Fault[] {
  const faults: Fault[] = []
  const also = Object.entries(options.also ?? {})
  const useList = options.uses ?? []
  const chain = oneChain(
    faults,
    'of',
    [...options.of, ...also.map(([, read]) => read), ...useList.flatMap((use) => [use.of, ...(use.after ? [use.after.event] : [])])].map(
      (one) => one.chain,
    ),
  )
  const alsoNames = also.map(([name]) => name)
  const allowed = allowedOf(faults, options.expect ?? {}, options.unless ?? {}, alsoNames)
  const uses = usesOf(faults, scope, useList)
  if (faults.length > 0) return faults

  const subjects = subjectsOf(chain, options.of, also)
  const looking: readonly Looking[] = subjects.map((subject) => lookingAt(scope, subject, allowed))
  const addresses: readonly Address[] = [...new Set([...subjects.map((one) => one.address), ...uses.contracts, ...uses.emitters])]
  // A token's own powers: without this, what touches the token alone would not be judged while it waits.
  const tokens = addresses.filter((address) => scope.asset(address) !== undefined)
  const names = new Map(options.of.map((one) => [one.address, roleNames(one.abi, planRoles(options))]))
  const naming: Naming = {
    nameOf: scope.nameOf,
    roleName: (contract, role) => names.get(contract)?.get(role) ?? shortHash(role),
  }
  const frames = uses.contracts.length > 0 ? uses.contracts : undefined
  const needed = new WeakMap<readonly Seen[], Needs>()

  function needs({ contracts }: State): Needs {
    const known = needed.get(contracts)
    if (known) return known
    const made = {
      reads: looking.flatMap((one, i) => one.asked(contracts[i] ?? unseen).map(({ probe }) => probe)),
      logs: [...looking.flatMap((one, i) => one.logs(contracts[i] ?? unseen)), ...uses.logs],
      ...(frames ? { frames } : {}),
    }
    needed.set(contracts, made)
    return made
  }

  function step(state: State, moment: Moment): { readonly state: State; readonly findings: readonly Finding[] } {
    switch (moment.kind) {
      case 'tick':
        return { state, findings: [] }
      case 'pending':
        if (moment.reverted) return { state, findings: [] }
        return {
          state,
          findings: [...looks(state, moment).flatMap(({ looked }) => said(looked, moment)), ...uses.judge(state.sequence, moment)],
        }
      case 'block':
        return inBlock(state, moment)
    }
    return moment satisfies never
  }

  function inBlock(state: State, moment: BlockMoment): { readonly state: State; readonly findings: readonly Finding[] } {
    const all = looks(state, moment)
    const untraced = uses.contracts.length > 0 && moment.touched.some((one) => !one.frames && touchesAny(one.touches, uses.contracts))
    const findings = [
      ...all.flatMap(({ looked, subject }) => [
        ...said(looked, moment),
        ...(looked.unreadable.length > 0 ? [unreadableFinding([subject.address], looked.unreadable, moment)] : []),
        ...standing(looked, subject),
      ]),
      ...uses.judge(state.sequence, moment),
      ...(untraced && !state.untraced ? [untracedFinding()] : []),
      ...(state.contracts.every((one) => Object.keys(one.values).length === 0) ? neverThere(state, all) : []),
    ]
    const same = all.every(({ looked }, i) => looked.seen === state.contracts[i])
    const sequence = uses.learn(state.sequence, moment)
    if (same && sequence === state.sequence && untraced === state.untraced) return { state, findings }
    return { state: { contracts: same ? state.contracts : all.map(({ looked }) => looked.seen), sequence, untraced }, findings }
  }

  /** At the very first block: an expectation that none of the contracts can meet or break is an oversight. */
  function neverThere(state: State, all: readonly { readonly looked: Looked }[]): readonly Finding[] {
    const asked = new Set(looking.flatMap((one, i) => one.asked(state.contracts[i] ?? unseen).map(({ key }) => key)))
    const nowhere = [...allowed.expected.keys()].filter(
      (key) => asked.has(key) && all.every(({ looked }) => looked.seen.values[key] === undefined),
    )
    if (nowhere.length === 0 || all.every(({ looked }) => Object.keys(looked.seen.values).length === 0)) return []
    const first = subjects[0]?.address
    const labels = first ? nowhere.map((key) => labelOf({ key, contract: first }, naming).replace(/ of .*$/, '')) : nowhere
    return [
      {
        subjects: addresses,
        likelihood: untracedLikelihood,
        weight: 'evidence',
        summary: `the plan expects a value of what none of these contracts has: ${[...new Set(labels)].join(', ')}`,
        evidence: { missing: nowhere.join(', ') },
        loss: [],
        culprits: [],
      },
    ]
  }

  function looks(state: State, moment: BlockMoment | PendingMoment): readonly { readonly looked: Looked; readonly subject: Subject }[] {
    return subjects.flatMap((subject, i) => {
      const looked = looking[i]?.look(state.contracts[i] ?? unseen, moment)
      return looked ? [{ looked, subject }] : []
    })
  }

  function said(looked: Looked, moment: BlockMoment | PendingMoment): readonly Finding[] {
    return looked.changes.flatMap((change) => {
      const weighed = weigh(change, allowed, naming)
      if (!weighed) return []
      const { words, ...weight } = weighed
      return [{ ...about(change, words), ...weight, culprits: culpritsOf(change, moment) }]
    })
  }

  /** What the plan expects and is not so: at every block, and nobody of this block did it. */
  function standing(looked: Looked, subject: Subject): readonly Finding[] {
    return [...allowed.expected].flatMap(([key, to]) => {
      const from = looked.seen.values[key]
      if (from === undefined || from === to || looked.changes.some((change) => change.key === key)) return []
      const change: Change = { contract: subject.address, key, from, to }
      const missing = key.startsWith('role:')
      const words = missing
        ? `${labelOf(change, naming)}: ${nameText(key.slice(key.lastIndexOf(':') + 1), naming)} does not have it, and the plan expects so`
        : `${labelOf(change, naming)}: ${nameText(from, naming)}, and the plan expects ${nameText(to, naming)}`
      const weight = missing
        ? ({ likelihood: lost, weight: 'evidence' } as const)
        : ({ likelihood: notAsExpected, weight: 'verdict' } as const)
      return [{ ...about({ ...change, from, to }, words), ...weight, culprits: [] }]
    })
  }

  function about(change: Change, words: string): Pick<Finding, 'subjects' | 'summary' | 'evidence' | 'loss'> {
    return {
      subjects: [change.contract],
      summary: words,
      evidence: { contract: change.contract, power: change.key, from: change.from, to: change.to, andBack: change.andBack ?? false },
      loss: [],
    }
  }

  function untracedFinding(): Finding {
    return {
      subjects: uses.contracts,
      likelihood: untracedLikelihood,
      weight: 'evidence',
      summary: 'traces are missing on this endpoint: who uses a power is not watched in its blocks',
      evidence: {},
      loss: [],
      culprits: [],
    }
  }

  const start: State = { contracts: subjects.map(() => unseen), sequence: unsequenced, untraced: false }
  return {
    kind: 'privileges',
    chain,
    subjects: addresses,
    ...(tokens.length > 0 ? { tokens } : {}),
    start,
    needs,
    step,
  }
}

/** Its events say who; otherwise whoever touched the contract, as long as those are few; and somebody did it. */
function culpritsOf(change: Looked['changes'][number], moment: BlockMoment | PendingMoment): readonly Hex[] | undefined {
  if (moment.kind === 'pending') return [moment.tx.hash]
  if (change.txs.length > 0) return change.txs
  const source = isPower(change.key) ? sources[change.key] : undefined
  if (source?.kind === 'view' && source.at !== 'itself') return undefined
  const touching = blamed(moment, [change.contract])
  return touching && touching.length > 0 ? touching : undefined
}

/** The watched contracts, and those that only a read of `also` is about. */
function subjectsOf(chain: string, of: readonly At[], also: readonly (readonly [string, Read])[]): readonly Subject[] {
  const places = [...new Set([...of.map((one) => one.address), ...also.map(([, read]) => read.to)])]
  return places.map((address) => ({
    chain,
    address,
    everything: of.some((one) => one.address === address),
    also: also.filter(([, read]) => read.to === address),
  }))
}

const touchesAny = (touches: readonly Address[], wanted: readonly Address[]): boolean => touches.some((one) => wanted.includes(one))

function planRoles({ expect, unless }: PrivilegesOptions): readonly string[] {
  return [...Object.keys(expect?.roles ?? {}), ...Object.keys(unless?.roles ?? {})]
}

function useText(use: Use): Readonly<Record<string, unknown>> {
  const { of, fn, by, hours, days, after } = use
  return {
    of: of.address,
    fn,
    by: by?.map((one) => (typeof one === 'string' ? one : one.address)) ?? 'anyone',
    hours: hours ?? 'any',
    days: days ?? 'any',
    after: after
      ? { event: `${after.event.address}.${after.event.event.name}`, within: after.within, notBefore: after.notBefore ?? 'at once' }
      : 'nothing',
  }
}
