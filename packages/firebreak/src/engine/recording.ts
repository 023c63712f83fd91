// A recording: everything that went into the core, and what came out, one line each. A replay repeats it byte for byte.
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { canonical, parseCanonical } from '../base/canonical.ts'
import { leaveOut } from '../base/leave-out.ts'
import { sha256 } from '../base/hash.ts'
import { validSignature } from '../chain/signature.ts'
import { UserError } from '../model/errors.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { createCore } from './core.ts'
import type { Memory } from './rebuild.ts'
import type { Effect, Input } from './inputs.ts'
import { restoredStates, type SavedStates } from './saved-states.ts'

const version = 2

interface Header {
  readonly recording: number
  readonly plan: string
  /** Watches that were not run. */
  readonly leftOut?: readonly string[]
  readonly memory: Memory
  readonly states: readonly { readonly chain: string; readonly text: string }[]
}

interface Line {
  readonly input: Input
  /** sha256 of the canonical effects. */
  readonly effects: string
}

export interface Recorder {
  readonly begin: (plan: ResolvedPlan, memory: Memory, states: Header['states']) => void
  readonly add: (input: Input, effects: readonly Effect[]) => void
  readonly end: () => Promise<void>
}

/** Lines are written after the act: turning them into text is not worth a millisecond of the hot path. */
export function recorder(file: string): Recorder {
  const stream = createWriteStream(file, { flags: 'w', mode: 0o600 })
  let waiting: (readonly [Input, readonly Effect[]])[] = []
  const write = (value: unknown): void => void stream.write(`${canonical(value)}\n`)
  const drain = (): void => {
    const now = waiting
    waiting = []
    for (const [input, effects] of now) write({ input, effects: sha256(canonical(effects)) } satisfies Line)
  }
  return {
    begin: (plan, memory, states) => {
      const leftOut = plan.watches.flatMap((watch) => (watch.leftOut ? [watch.name] : []))
      write({ recording: version, plan: plan.hash, leftOut, memory, states } satisfies Header)
    },
    add: (input, effects) => {
      if (waiting.length === 0) setImmediate(drain)
      waiting.push([input, effects])
    },
    end: async () => {
      drain()
      await new Promise<void>((done) => stream.end(done))
    },
  }
}

export interface ReplayResult {
  readonly inputs: number
  readonly decisions: readonly unknown[]
  /** The first input whose effects differ from the recorded ones. */
  readonly differs: { readonly line: number; readonly input: string } | undefined
}

/** Feeds a recording to a fresh core. The plan has to be the recorded one: another plan decides otherwise, and rightly so. */
export async function replay(file: string, plan: ResolvedPlan, onProgress: (inputs: number) => void = () => {}): Promise<ReplayResult> {
  const handle = await open(file).catch(() => {
    throw new UserError({ path: file, wrong: 'cannot be opened', mend: 'give a file that `firebreak run --record <file>` wrote' })
  })
  const decisions: unknown[] = []
  let inputs = 0
  let line = 0
  let core: ReturnType<typeof createCore> | undefined
  let differs: ReplayResult['differs']
  try {
    for await (const text of handle.readLines()) {
      line++
      if (text === '') continue
      const value = parsed(file, line, text)
      if (!core) {
        core = coreOf(file, plan, value)
        continue
      }
      const { input, effects: recorded } = lineOf(file, line, value)
      const effects = core.step(input)
      inputs++
      if (inputs % 1_000 === 0) onProgress(inputs)
      for (const effect of effects)
        if (effect.kind === 'record') for (const entry of effect.entries) if (entry.kind === 'decision') decisions.push(entry.body)
      if (sha256(canonical(effects)) !== recorded) differs ??= { line, input: input.kind }
    }
  } finally {
    await handle.close()
  }
  if (!core) throw new UserError({ path: file, wrong: 'is empty', mend: 'record it again with `firebreak run --record`' })
  return { inputs, decisions, differs }
}

/** Inputs are taken as they were written; what is not one at all is told apart from one that decides otherwise. */
function lineOf(file: string, line: number, value: unknown): Line {
  const isLine =
    typeof value === 'object' &&
    value !== null &&
    'input' in value &&
    typeof value.input === 'object' &&
    value.input !== null &&
    'effects' in value &&
    typeof value.effects === 'string'
  if (isLine) return value as Line
  throw new UserError({ path: `${file}:${line}`, wrong: 'is not a line of a recording', mend: 'the file was changed: record it again' })
}

function parsed(file: string, line: number, text: string): unknown {
  try {
    return parseCanonical(text)
  } catch {
    throw new UserError({
      path: `${file}:${line}`,
      wrong: 'is not a line of a recording',
      mend: 'a cut-off last line can be deleted; anything else means that the file was changed',
    })
  }
}

function coreOf(file: string, plan: ResolvedPlan, value: unknown): ReturnType<typeof createCore> {
  const isHeader = typeof value === 'object' && value !== null && 'recording' in value && value.recording === version
  if (!isHeader)
    throw new UserError({
      path: file,
      wrong: 'is not a recording of this version of Firebreak',
      mend: 'record it again with `firebreak run --record`',
    })
  const header = value as unknown as Header
  if (header.plan !== plan.hash)
    throw new UserError({
      path: file,
      wrong: `was recorded with the plan ${header.plan}, this is ${plan.hash}`,
      mend: 'replay it with the plan that it was recorded with',
    })
  const core = createCore(leaveOut(plan, new Set(header.leftOut)), header.memory, validSignature)
  for (const { chain, text } of header.states) {
    const states: SavedStates = restoredStates(text)
    if (states.plan === plan.hash) core.watching(chain).restore(states)
  }
  return core
}
