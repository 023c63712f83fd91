// `firebreak demo`: deploys a real protocol on a local chain, attacks it, contains the attack, and tells the story.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { runDrill, type DrillReport } from '../drill/run.ts'
import { carryOut, command } from './command.ts'
import { attackLines, brakeLines, detectionLines, endLines, openingLines, privateLines, publicLines } from './demo-story.ts'
import { drillFolder } from './drill-folders.ts'
import type { ExitCode, Io } from './io.ts'
import { progressOf } from './progress.ts'

interface DemoOptions {
  readonly seed: string
  readonly pause: boolean
  readonly json?: boolean
}

const drill = 'empty-market'

export function demoCommand(): Command {
  return command({
    name: 'demo',
    about: 'A real attack on real contracts, on a local chain of its own: contained, told, and repeated without Firebreak. Under a minute.',
    example: 'firebreak demo',
  })
    .option('--seed <n>', 'addresses and amounts follow from it', '1')
    .option('--no-pause', 'tell it without pauses')
    .action(async (options: DemoOptions) => carryOut(options.json, (io) => demo(options, io)))
}

async function demo(options: DemoOptions, io: Io): Promise<ExitCode> {
  const started = Date.now()
  const seed = Math.max(1, Math.trunc(Number(options.seed)) || 1)
  const folder = drillFolder(drill)
  const tell = teller(io, options.pause)

  io.say(io.paint('bold', 'Firebreak: a real attack, stopped with proof'))
  const seen = await played(
    folder,
    'public',
    seed,
    io,
    'deploying Compound v2 on a local chain; the first time it is fetched from the npm registry',
  )
  await tell(openingLines(seen, io.paint))
  await tell(attackLines(seen, io.paint))
  await tell(detectionLines(seen, io.paint))
  await tell(brakeLines(seen, io.paint))
  await tell(publicLines(seen, io.paint))
  const unseen = await played(folder, 'private', seed, io, 'the same scene again, attacked in private')
  await tell(privateLines(unseen, io.paint))
  await tell(endLines(io.paint))

  const seconds = Math.round((Date.now() - started) / 100) / 10
  const wrong = [...seen.wrong, ...unseen.wrong]
  io.document({ seconds, public: seen.result, private: unseen.result, blocks: { with: seen.blocks, without: seen.blocksAlone } })
  for (const why of wrong) io.note(`${io.paint('red', 'FAILED')} ${why}`)
  return wrong.length === 0 ? 0 : 1
}

async function played(folder: string, variant: 'public' | 'private', seed: number, io: Io, what: string): Promise<DrillReport> {
  const progress = progressOf(io, what)
  try {
    return await runDrill({
      folder,
      variant,
      seed,
      tell: (event) => {
        if (event.kind === 'built') progress.now('the attack is under way')
        if (event.kind === 'alone') progress.now('the same without Firebreak')
        if (event.kind === 'trouble') io.note(`trouble ${event.what}`)
      },
    })
  } finally {
    progress.done()
  }
}

/** People read one thing after the other; programs and pipes do not wait. */
function teller(io: Io, pause: boolean): (lines: readonly string[]) => Promise<void> {
  const paced = pause && !io.json && process.stdout.isTTY
  return async (lines) => {
    if (paced) await sleep(1_200)
    io.say()
    for (const line of lines) {
      io.say(line)
      if (paced) await sleep(line === '' ? 250 : 60)
    }
  }
}
