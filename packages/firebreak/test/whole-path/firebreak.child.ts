// The command line with faults that a test asks for: node firebreak.child.ts <faults as JSON> run …
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { runCommand } from '../../src/cli/run.ts'
import { realContext } from '../../src/engine/context.ts'
import { openJournal } from '../../src/journal/sqlite/journal.ts'

export interface Faults {
  /** kill -9 before this journal write, counted from 1. */
  readonly dieAtWrite?: number
  /** Says each journal write on stderr, so that a test can count them. */
  readonly tellWrites?: boolean
  /** A full disk: pages of 4 kB that the journal may grow to. */
  readonly maxPageCount?: number
  /** A file that says by how many milliseconds our clock is wrong. */
  readonly clock?: string
}

const faults = JSON.parse(process.argv[2] ?? '{}') as Faults
const jump = (): number => (faults.clock === undefined ? 0 : Number(readFileSync(faults.clock, 'utf8')))

const program = new Command('firebreak').addCommand(
  runCommand({
    openJournal: (path, options) =>
      openJournal(path, {
        ...options,
        ...(faults.maxPageCount === undefined ? {} : { maxPageCount: faults.maxPageCount }),
        beforeWrite: (n) => {
          if (faults.tellWrites) process.stderr.write(`journal write ${n}\n`)
          if (n === faults.dieAtWrite) process.kill(process.pid, 'SIGKILL')
        },
      }),
    context: (trouble) => {
      const real = realContext(trouble)
      return { ...real, now: () => real.now() + jump() }
    },
  }),
)
await program.parseAsync([process.execPath, 'firebreak', ...process.argv.slice(3)])
