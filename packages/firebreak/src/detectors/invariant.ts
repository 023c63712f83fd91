// The `invariant` watch: what the plan says must always hold, judged on a block's or a waiting transaction's post-state.
import type { Fault } from '../model/errors.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Address } from '../model/hex.ts'
import type { Moment } from '../model/moment.ts'
import type { Amount } from '../model/money.ts'
import { likelihood as checkedLikelihood, oneChain, readText } from './options.ts'
import type { At } from './options.ts'
import { blamed, look, probesOf, rawOf, sameRaw, unreadableFinding } from './reads.ts'
import type { Reads, Values } from './reads.ts'

export interface InvariantOptions<now> {
  /** How sure a broken invariant makes us. Default 0.95. */
  readonly likelihood?: number
  /** What is missing when it is broken, in the assets' smallest units; negative amounts count as nothing. */
  readonly loses?: (now: now) => Amount | readonly Amount[]
  /** The contracts that it is about. Default: those that are read. */
  readonly subjects?: readonly At[]
}

interface State {
  /** The answers that the last block gave. */
  readonly raw: readonly string[]
  readonly unreadable: boolean
  /** Said again at every block while the invariant is broken; without culprits, who were named when it broke. */
  readonly standing: Finding | undefined
}

const start: State = { raw: [], unreadable: false, standing: undefined }

/**
 * Speaks when `holds` is false. `now` has the reads' own types.
 * @example
 * solvent: invariant({ assets: pool.read.totalAssets(), debts: pool.read.totalDebts() }, (now) => now.assets >= now.debts)
 */
export function invariant<const reads extends Reads>(
  reads: reads,
  holds: (now: Values<reads>) => boolean,
  options: InvariantOptions<Values<reads>> = {},
): Watch {
  return {
    kind: 'invariant',
    options: {
      reads: Object.fromEntries(Object.entries(reads).map(([name, read]) => [name, readText(read)])),
      likelihood: options.likelihood ?? 0.95,
      loses: options.loses !== undefined,
      subjects: (options.subjects ?? []).map((one) => one.address),
    },
    build: (scope) => build(scope, reads, holds, options),
  }
}

function build<reads extends Reads>(
  scope: Scope,
  reads: reads,
  holds: (now: Values<reads>) => boolean,
  options: InvariantOptions<Values<reads>>,
): Detector<State> | readonly Fault[] {
  const faults: Fault[] = []
  const likelihood = checkedLikelihood(faults, 'likelihood', options.likelihood ?? 0.95)
  const all = Object.values(reads)
  const chain = oneChain(faults, 'reads', [...all.map((read) => read.chain), ...(options.subjects ?? []).map((one) => one.chain)])
  if (faults.length > 0) return faults

  const probes = probesOf(scope, reads)
  const subjects: readonly Address[] = [...new Set(options.subjects?.map((one) => one.address) ?? all.map((read) => read.to))]
  const needs = { reads: probes.map(([, probe]) => probe), logs: [] }

  function broken(now: Values<reads>, moment: Moment): Finding | undefined {
    const answer: unknown = holds(now)
    if (typeof answer !== 'boolean') throw new TypeError('the invariant must return true or false')
    if (answer) return undefined
    const loses = options.loses?.(now) ?? []
    const loss = (Array.isArray(loses) ? loses : [loses]).filter((one: Amount) => one.amount > 0n)
    const values = Object.entries(now).map(([name, value]) => [name, plain(value)] as const)
    return {
      subjects,
      likelihood,
      weight: 'verdict',
      summary: `no longer holds: ${values.map(([name, value]) => `${name} ${value}`).join(', ')}`,
      evidence: Object.fromEntries(values),
      loss,
      culprits: blamed(moment, subjects),
    }
  }

  function step(state: State, moment: Moment): { state: State; findings: readonly Finding[] } {
    if (moment.kind === 'tick') return { state, findings: [] }
    const raw = rawOf(probes, moment)
    if (!raw) return { state, findings: [] }
    const standing = state.standing ? [state.standing] : []
    if (sameRaw(raw, state.raw)) return { state, findings: moment.kind === 'block' ? standing : [] }

    const looked = look(probes, moment)
    if (!looked.ok) {
      const findings = state.unreadable ? [] : [unreadableFinding(subjects, looked.unreadable, moment)]
      return moment.kind === 'pending' ? { state, findings } : { state: { raw, unreadable: true, standing: state.standing }, findings }
    }
    const finding = broken(looked.values as Values<reads>, moment)
    if (moment.kind === 'pending')
      return { state, findings: finding && (!options.loses || isNews(state.standing, finding)) ? [finding] : [] }
    const next = { raw, unreadable: false, standing: finding && { ...finding, culprits: [] } }
    if (!finding) return { state: next, findings: [] }
    return { state: next, findings: [isNews(state.standing, finding) ? finding : { ...finding, culprits: [] }] }
  }

  return { kind: 'invariant', chain, subjects, start, needs: () => needs, step }
}

/** It broke just now, or the loss grew. Whoever acts in between is only spared where `loses` can tell the difference. */
function isNews(standing: Finding | undefined, finding: Finding): boolean {
  return !standing || finding.loss.some((one) => one.amount > (standing.loss.find((other) => other.asset === one.asset)?.amount ?? 0n))
}

function plain(value: unknown): string | number | bigint | boolean {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return value
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)) ?? 'nothing'
}
