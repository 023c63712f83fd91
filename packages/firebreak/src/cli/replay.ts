// `firebreak replay`: the inputs of a recording through a fresh engine; every decision has to come out the same, byte for byte.
import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { deploymentBeside } from '../drill/run.ts'
import { replay as replayed } from '../engine/recording.ts'
import type { Decision } from '../model/decision.ts'
import { UserError } from '../model/errors.ts'
import { carryOut, command } from './command.ts'
import { decisionLine } from './incident-lines.ts'
import type { ExitCode, Io } from './io.ts'
import { defaultPlan, openPlan } from './open-plan.ts'
import { progressOf } from './progress.ts'
import { countText } from './words.ts'

interface ReplayOptions {
  readonly plan: string
  readonly json?: boolean
}

export function replayCommand(): Command {
  return command({
    name: 'replay',
    arguments: '<recording>',
    about: 'Repeat a recording with the plan that it was recorded with. Exit 1 when anything comes out differently.',
    example: 'firebreak replay incident.recording --plan firebreak.plan.ts',
  })
    .option('--plan <file>', 'the plan; for a drill’s recording the drill’s own', defaultPlan)
    .action(async (recording: string, options: ReplayOptions) => carryOut(options.json, (io) => replay(recording, options, io)))
}

async function replay(recording: string, options: ReplayOptions, io: Io): Promise<ExitCode> {
  if (!existsSync(recording))
    throw new UserError({
      path: recording,
      wrong: 'there is no such file',
      mend: 'give a file that `firebreak run --record` or `firebreak drill --record` wrote',
    })
  const { plan } = await openPlan(options.plan, io, deploymentOf(recording))
  const progress = progressOf(io, 'replaying')
  const { inputs, decisions, differs } = await replayed(recording, plan, (count) =>
    progress.now(`replaying, ${count.toLocaleString('en-US')} inputs`),
  ).finally(progress.done)
  // Our own entries have the shapes that we wrote.
  for (const decision of decisions as readonly Decision[]) io.say(decisionLine(decision, io.paint))
  io.document({ recording, plan: plan.hash, inputs, identical: differs === undefined, ...(differs ? { differs } : {}), decisions })
  const what = `${countText(inputs, 'input')}, ${countText(decisions.length, 'decision')}`
  if (!differs) {
    io.say(`${io.paint('green', 'identical')}: ${what}, byte for byte`)
    return 0
  }
  io.say(`${io.paint('red', 'DIFFERS')} at line ${differs.line}, an input of kind ${differs.input}; ${what} in all`)
  io.note('      either the recording was changed, or this version of Firebreak decides otherwise than the one that recorded it')
  return 1
}

/** What a drill's plan was made for lies beside its recording. */
function deploymentOf(recording: string): Readonly<Record<string, unknown>> | undefined {
  const file = deploymentBeside(recording)
  if (!existsSync(file)) return undefined
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  } catch {
    // Told below.
  }
  throw new UserError({ path: file, wrong: 'is not the deployment of a drill', mend: 'record the drill again' })
}
