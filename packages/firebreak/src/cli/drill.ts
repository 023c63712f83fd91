// `firebreak drill`: a real attack on a local chain against a real plan, with Firebreak and without it.
import { InvalidArgumentError, Option, type Command } from 'commander'
import { variants, type Variant } from '../drill/define.ts'
import { lies, type Lie } from '../drill/liars.ts'
import { deploymentBeside, runDrill } from '../drill/run.ts'
import { UserError } from '../model/errors.ts'
import { carryOut, command } from './command.ts'
import { allDrills, drillFolder } from './drill-folders.ts'
import { runMany, type Wanted } from './drill-many.ts'
import { drillStory, resultLines } from './drill-story.ts'
import type { ExitCode, Io } from './io.ts'
import { progressOf } from './progress.ts'

interface DrillCommandOptions {
  readonly variant: Variant | 'all'
  readonly seed: number
  readonly seeds?: number
  readonly all?: boolean
  readonly jobs: number
  readonly record?: string
  readonly endpoints: number
  readonly liar?: Lie
  readonly json?: boolean
}

const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('give a whole number, 1 or more')
  return value
}

export function drillCommand(): Command {
  return command({
    name: 'drill',
    arguments: '[drill]',
    about: 'Attack a protocol on a local chain while its plan is in force, and once more without. Exit 1 when the plan fails.',
    example: 'firebreak drill empty-market --variant private --seed 3',
  })
    .addOption(
      new Option(
        '--variant <variant>',
        'public: the attack waits in the mempool; private: first seen in a block; quiet: ordinary users; grief: people who want a pause; aware: an attacker who has read the plan and Firebreak’s code; flood: thousands of waiting transactions around the attack',
      )
        .choices([...variants, 'all'])
        .default('public'),
    )
    .option('--seed <n>', 'addresses and amounts follow from it; the first one with --seeds', whole, 1)
    .option('--seeds <n>', 'so many seeds, one after the other', whole)
    .option('--all', 'every drill in ./drills and of Firebreak’s repository')
    .option('--jobs <n>', 'drills at a time, when there are several', whole, 2)
    .option('--record <file>', 'write a recording that `firebreak replay` repeats')
    .option('--endpoints <n>', 'reach the chain through so many endpoints, each of another operator', whole, 1)
    .addOption(
      new Option(
        '--liar <how>',
        'one of the endpoints lies: reads are a block old, logs are left out, simulations show nothing, blocks are withheld',
      ).choices(lies),
    )
    .action(async (drill: string | undefined, options: DrillCommandOptions) =>
      carryOut(options.json, (io) => drillOrDrills(drill, options, io)),
    )
}

async function drillOrDrills(drill: string | undefined, options: DrillCommandOptions, io: Io): Promise<ExitCode> {
  if ((drill === undefined) !== (options.all === true))
    throw new UserError({
      path: 'drill',
      wrong: drill === undefined ? 'is not given' : `is '${drill}', and --all was given, too`,
      mend: 'give the name or the folder of a drill, or --all',
    })
  if (options.liar && options.endpoints < 3)
    throw new UserError({
      path: '--liar',
      wrong: `needs endpoints that tell the truth beside it; ${options.endpoints === 1 ? 'there is one' : 'there are two'} in all`,
      mend: 'add --endpoints 3',
    })
  const folders = drill === undefined ? allDrills() : [drillFolder(drill)]
  const single = options.seeds === undefined && drill !== undefined
  if (single && options.variant !== 'all') return runOne(folders[0] ?? '', options.variant, options, io)
  if (options.record)
    throw new UserError({ path: '--record', wrong: 'needs a single run', mend: 'name one drill, one variant and one seed' })
  if (folders.length === 0) throw new UserError({ path: 'drills', wrong: 'none was found', mend: 'run this where a folder `drills` is' })
  const chosen = options.variant === 'all' ? variants : [options.variant]
  const seeds = Array.from({ length: options.seeds ?? 1 }, (_, i) => options.seed + i)
  const wanted: readonly Wanted[] = folders.flatMap((folder) =>
    chosen.flatMap((variant) => seeds.map((seed) => ({ folder, variant, seed, words: through(options) }))),
  )
  return runMany(wanted, options.jobs, io)
}

/** The same words again, for a run in a process of its own. */
const through = ({ endpoints, liar }: DrillCommandOptions): readonly string[] => [
  ...(endpoints > 1 ? ['--endpoints', `${endpoints}`] : []),
  ...(liar ? ['--liar', liar] : []),
]

async function runOne(folder: string, variant: Variant, { seed, record, endpoints, liar }: DrillCommandOptions, io: Io): Promise<ExitCode> {
  const progress = progressOf(io, 'building the scene; the first time its contracts are fetched and compiled')
  const story = drillStory(io)
  const report = await runDrill({
    folder,
    variant,
    seed,
    endpoints,
    ...(liar ? { liar } : {}),
    ...(record ? { record } : {}),
    tell: (event) => {
      if (event.kind === 'built') progress.now('running the drill')
      story(event)
    },
  }).finally(progress.done)
  for (const line of resultLines(report, io.paint)) io.say(line)
  io.document(report.result)
  if (report.inOneBlock !== undefined) {
    const { inOneBlock, firstLoss } = report
    io.note(
      `apart: with both rounds in one block, where nobody can stand between them, $${whole$(inOneBlock)} are lost instead of $${whole$(firstLoss)}`,
    )
  }
  if (record)
    io.note(
      `recorded: ${record}, and ${deploymentBeside(record)}; repeat its decisions with: firebreak replay ${record} --plan ${folder}/plan.ts`,
    )
  for (const why of report.wrong) io.note(`${io.paint('red', 'FAILED')} ${why}`)
  return report.wrong.length === 0 ? 0 : 1
}

const whole$ = (dollars: bigint): string => (dollars / 10n ** 18n).toLocaleString('en-US')
