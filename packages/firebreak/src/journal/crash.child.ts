// A process that writes a journal and dies where its test says: node crash.child.ts <journal> <die before write n> [endless]
import { writeSync } from 'node:fs'
import type { NewEntry } from '../model/journal.ts'
import { JournalFull } from './errors.ts'
import { openJournal } from './sqlite/journal.ts'
import type { SqliteJournal } from './sqlite/options.ts'

const [file = '', dieAt = '0', endless] = process.argv.slice(2)
let writes = 0
const open = (maxPageCount?: number): SqliteJournal =>
  openJournal(file, {
    ...(maxPageCount !== undefined && { maxPageCount }),
    beforeWrite: () => {
      if (++writes === Number(dieAt)) process.kill(process.pid, 'SIGKILL')
    },
  })

let next = 0
const some = (count: number, size = 10): readonly NewEntry[] =>
  Array.from({ length: count }, () => ({
    kind: 'intent',
    at: next,
    body: { n: next++, text: 'x'.repeat(size) },
    sealed: { who: `person ${next}` },
  }))
/** Written straight to the pipe: what the parent reads here was acknowledged. */
const acknowledge = (): void => void writeSync(1, `${next}\n`)

let journal = open(endless ? undefined : 30)
acknowledge()
if (endless) {
  for (;;) {
    journal.append(some(1 + (next % 3)))
    acknowledge()
  }
}
journal.append(some(1))
acknowledge()
journal.later(some(2))
journal.keep('n', String(next))
journal.append(some(2))
acknowledge()
journal.later(some(1))
journal.flush()
acknowledge()
// Until the disk is full, then beyond.
for (;;) {
  const before = next
  try {
    journal.append(some(1, 12_000))
    acknowledge()
  } catch (error) {
    if (!(error instanceof JournalFull)) throw error
    next = before
    break
  }
}
for (let round = 0; round < 3; round++) {
  journal.appendOrOverflow(some(2, 4000))
  acknowledge()
}
journal.close()
journal = open()
journal.append(some(1))
acknowledge()
journal.close()
writeSync(1, `writes ${writes}\n`)
