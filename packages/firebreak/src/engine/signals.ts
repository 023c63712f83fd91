// Turns findings into signals: which watch, which moment, who is behind it.
import { createHash } from 'node:crypto'
import type { Brake } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Hex } from '../model/hex.ts'
import type { Finding } from '../model/detector.ts'
import type { Moment, MomentRef } from '../model/moment.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Signal } from '../model/signal.ts'
import type { Judged } from './reach.ts'

type Where = Pick<Moment, 'kind' | 'chain' | 'block'> & { readonly tx?: { readonly hash: Hex } }

const refOf = (moment: Where): MomentRef => ({
  kind: moment.kind,
  chain: moment.chain,
  block: { number: moment.block.number, hash: moment.block.hash },
  tx: moment.tx?.hash,
})

const idOf = (watch: string, ref: MomentRef, n: number): Hex =>
  `0x${createHash('sha256')
    .update(`${watch}|${ref.kind}|${ref.chain}|${ref.block.hash}|${ref.tx ?? ''}|${n}`)
    .digest('hex')}`

/** Senders and called contracts of the culprits; the plan's own addresses never count as actors. */
function actorsOf(plan: ResolvedPlan, moment: Moment, culprits: readonly Hex[] = []): readonly Hex[] {
  const known = new Set<Hex>([...plan.contracts.map((one) => one.address), ...plan.assets.flatMap((one) => (one.token ? [one.token] : []))])
  const txs = moment.kind === 'pending' ? [moment.tx] : moment.kind === 'block' ? moment.touched.map((one) => one.tx) : []
  return [
    ...new Set(txs.filter((tx) => culprits.includes(tx.hash)).flatMap((tx) => (tx.to && !known.has(tx.to) ? [tx.from, tx.to] : [tx.from]))),
  ]
}

export function signalsOf(plan: ResolvedPlan, moment: Moment, findings: Judged['findings'], at: number): readonly Signal[] {
  const ref = refOf(moment)
  return findings.map(({ watch, kind, finding }, n) => {
    const culprits = culpritsOf(moment, finding)
    return { ...finding, culprits, id: idOf(watch, ref, n), watch, kind, moment: ref, at, actors: actorsOf(plan, moment, culprits) }
  })
}

/** The waiting transaction itself; in a block whom the detector names, or, where it cannot tell, the only transaction that touched the subject. */
function culpritsOf(moment: Moment, finding: Finding): readonly Hex[] | undefined {
  if (moment.kind === 'pending') return [moment.tx.hash]
  if (finding.culprits !== undefined || moment.kind !== 'block') return finding.culprits
  const touching = moment.touched.filter((one) => one.touches.some((address) => finding.subjects.includes(address)))
  return touching.length === 1 ? touching.map((one) => one.tx.hash) : undefined
}

/** What the engine says of itself: a failed detector, a brake that rots, a release by someone else. */
export function engineSignal(where: Where, at: number, kind: string, summary: string, more: Partial<Finding> = {}): Signal {
  const ref = refOf(where)
  return {
    subjects: [],
    likelihood: 0.1,
    weight: 'evidence',
    evidence: {},
    loss: [],
    culprits: [],
    ...more,
    id: idOf(`firebreak:${kind}:${summary}`, ref, 0),
    watch: 'firebreak',
    kind,
    summary,
    moment: ref,
    at,
    actors: [],
  }
}

/** Somebody else let go of a brake that we wanted. */
export function releaseSignal(brake: Brake, head: BlockRef, at: number): Signal {
  const subjects = [...new Set(brake.calls.map((call) => call.to))]
  return engineSignal(
    { kind: 'block', chain: brake.chain, block: head },
    at,
    'released',
    `${brake.name} was released by someone else while we wanted it`,
    { subjects, likelihood: 0.3, weight: 'verdict' },
  )
}
