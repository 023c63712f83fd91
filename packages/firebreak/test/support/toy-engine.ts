// Test support: the core with a toy chain around it, which answers what the core asks and keeps what it records.
import { canonical, parseCanonical } from '../../src/base/canonical.ts'
import { createCore, type Core } from '../../src/engine/core.ts'
import type { Effect, Input } from '../../src/engine/inputs.ts'
import { rebuild, type Memory } from '../../src/engine/rebuild.ts'
import type { Desire } from '../../src/model/brake.ts'
import type { Transaction } from '../../src/model/chain.ts'
import type { Decision, Trial } from '../../src/model/decision.ts'
import type { Detector, Finding } from '../../src/model/detector.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import type { Incident } from '../../src/model/incident.ts'
import type { Entry, EntryKind, Json, NewEntry } from '../../src/model/journal.ts'
import type { BlockMoment, Moment, PendingMoment } from '../../src/model/moment.ts'
import type { ResolvedPlan } from '../../src/model/plan.ts'
import type { Signal } from '../../src/model/signal.ts'
import { blockRef, chain } from './moments.ts'
import { outcomeOf, told, toyQuestion, type World } from './toy.ts'

/** A detector that says what the moment's answers tell it to: `key` above zero is a finding of so many per cent. */
export function saying(key: string, subject: Address, more: Partial<Finding> = {}): Detector<number> {
  return {
    kind: 'toy',
    chain,
    subjects: [subject],
    start: 0,
    needs: () => ({ reads: [], logs: [] }),
    step: (state, moment) => {
      const answer = moment.answers.get(key)
      const percent = answer?.ok ? Number(BigInt(answer.data)) : 0
      if (percent > 100) throw new Error('no such likelihood')
      const finding: Finding = {
        subjects: [subject],
        likelihood: percent / 100,
        weight: 'verdict',
        summary: key,
        evidence: {},
        loss: [],
        culprits: undefined,
        ...more,
      }
      return { state: state + 1, findings: percent > 0 ? [finding] : [] }
    },
  }
}

type Values = Readonly<Record<string, bigint | undefined>>
const full = (plan: ResolvedPlan): Values => Object.fromEntries(plan.holdings.map((one) => [one.balance.key, 1_000_000n]))

export function blockAt(
  plan: ResolvedPlan,
  number: number,
  values: Values = {},
  touched: readonly { tx: Transaction; touches: readonly Address[] }[] = [],
  branch = 0,
): BlockMoment {
  const block = { ...blockRef(number * 12, BigInt(number), branch), gasUsed: 15_000_000n }
  // A branch begins at the common ancestor.
  const parent = branch > 0 && number % 10 === 0 ? blockRef(0, BigInt(number - 1)).hash : block.parent
  return {
    kind: 'block',
    chain,
    block: { ...block, parent },
    answers: told({ ...full(plan), ...values }).answers,
    logs: new Map(),
    touched: touched.map((one) => ({ ...one, queue: [] })),
  }
}

export function pendingOn(
  plan: ResolvedPlan,
  on: BlockMoment,
  tx: Transaction,
  values: Values = {},
  more: Partial<PendingMoment> = {},
): PendingMoment {
  return {
    kind: 'pending',
    chain,
    block: on.block,
    tx,
    queue: [],
    includable: { ok: true },
    reverted: false,
    frames: [],
    touches: [],
    answers: told({ ...full(plan), ...values }).answers,
    logs: new Map(),
    ...more,
  }
}

export interface Life {
  readonly core: Core
  readonly feed: (input: Input) => readonly Effect[]
  readonly see: (moment: Moment, at?: number) => readonly Effect[]
  /** Whether the chain answers at once; while it does not, questions wait. */
  readonly answering: (now: boolean) => void
  readonly decisions: () => readonly Decision[]
  readonly wanted: () => readonly Desire[]
  readonly signals: () => readonly Signal[]
  readonly incidents: () => readonly Incident[]
  readonly entries: (kind: EntryKind) => readonly Json[]
  readonly asked: () => readonly Trial[]
  /** What a restart would know, out of what was recorded. */
  readonly memory: () => Memory
}

const nothingYet: Memory = {
  incidents: [],
  desires: [],
  past: { pulls: [], settled: [], releases: [], decisions: 0 },
  disarmed: { all: false, but: [] },
  dismissed: [],
}

export function live(
  plan: ResolvedPlan,
  world: World,
  memory: Memory = nothingYet,
  valid: (tx: Transaction) => boolean = () => true,
): Life {
  const core = createCore(plan, memory, valid)
  const journal: NewEntry[] = []
  const wanted: Desire[] = []
  const asked: Trial[] = []
  let waiting: (() => void)[] = []
  let prompt = true
  let now = 0

  const feed = (input: Input): readonly Effect[] => {
    now = Math.max(now, input.at)
    const effects = core.step(input)
    for (const effect of effects) {
      if (effect.kind === 'record') journal.push(...effect.entries)
      if (effect.kind === 'want') wanted.push(effect.desire)
      if (effect.kind === 'fetchCode') later(() => feed({ kind: 'code', at: now, question: effect.question, code: {} }))
      if (effect.kind === 'ask') {
        asked.push(...effect.trials)
        const outcomes = effect.trials.map((trial) => {
          const held = core.watching(trial.base.chain).at(trial.base.hash)?.holdings ?? []
          const question = { ...toyQuestion(plan), before: { [trial.base.hash]: held } }
          return [trial.id, outcomeOf(plan, question, trial, world)] as const
        })
        later(() => feed({ kind: 'outcomes', at: now, question: effect.question, outcomes }))
      }
    }
    if (prompt) for (const go of waiting.splice(0)) go()
    return effects
  }
  const later = (go: () => void): void => void waiting.push(go)
  const bodies = <body>(kind: EntryKind): readonly body[] => journal.flatMap((entry) => (entry.kind === kind ? [entry.body as body] : []))

  return {
    core,
    feed,
    see: (moment, at = Number(moment.block.timestamp) * 1_000) => feed({ kind: 'happening', at, happening: moment }),
    answering: (answers) => {
      prompt = answers
      const due = waiting
      waiting = []
      if (answers) for (const go of due) go()
      else waiting = due
    },
    decisions: () => bodies<Decision>('decision'),
    wanted: () => wanted,
    signals: () => bodies<Signal>('signal'),
    incidents: () => core.incidents(),
    entries: (kind) => bodies<Json>(kind),
    asked: () => asked,
    memory: () => {
      // As the journal gives it back: through text.
      const entries = journal.map((entry, seq): Entry => {
        const body = parseCanonical(canonical(entry.body)) as Json
        return { seq, kind: entry.kind, at: entry.at, body, commitments: {}, previous: '0x', hash: '0x' }
      })
      return rebuild({ read: () => entries }).memory
    },
  }
}

/** The responder's word that a desire was brought about at this block. */
export function holds(desire: Desire, block: { readonly number: bigint; readonly hash: Hex }, at: number): Input {
  const receipt = {
    desire: desire.id,
    brake: desire.brake,
    chain: desire.chain,
    block: { number: block.number, hash: block.hash },
    tx: undefined,
  }
  return { kind: 'desire', at, desire: desire.id, news: { kind: 'holding', receipt } }
}
