// Shows with real processes that nothing acknowledged is lost and nothing is stored twice, wherever kill -9 strikes.
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { isFields } from './chain.ts'
import { temporaryFolder } from './for-tests.ts'
import { overflowPath } from './overflow.ts'
import { JournalInUse } from './sqlite/lock.ts'
import { openJournal } from './sqlite/journal.ts'
import { verifyJournal } from './verify.ts'

type Child = ChildProcessByStdio<null, Readable, null>

function start(...args: readonly string[]): Child {
  return spawn(process.execPath, [new URL('crash.child.ts', import.meta.url).pathname, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Opens the journal after a crash: every entry up to `acknowledged` is there, once, in order, and the chain verifies. */
function expectWhole(file: string, acknowledged: number): void {
  const journal = openJournal(file)
  const numbers = [...journal.read({ kinds: ['intent'] })].map(({ seq, body }) => {
    expect(journal.open(seq, 'who')?.value).toMatch(/^person /)
    return isFields(body) ? body['n'] : undefined
  })
  expect(numbers).toEqual(numbers.map((_, n) => n))
  expect(numbers.length).toBeGreaterThanOrEqual(acknowledged)
  expect(Number(journal.kept('n') ?? 0)).toBeLessThanOrEqual(numbers.length)
  journal.append([{ kind: 'note', at: 1, body: 'goes on' }])
  journal.close()
  expect(verifyJournal(file)).toMatchObject({ ok: true, problems: [], waiting: 0 })
}

test('killed before its n-th write, for every n', async () => {
  using folder = temporaryFolder()
  const reference = await text(start(folder.file('reference'), '0').stdout)
  const writes = Number(/writes (\d+)/.exec(reference)?.[1])
  expect(writes).toBeGreaterThan(12)
  for (let n = 1; n <= writes; n++) {
    const child = start(folder.file(`${n}`), `${n}`)
    const said = await text(child.stdout)
    if (child.signalCode === null) await once(child, 'exit')
    expect(child.signalCode).toBe('SIGKILL')
    expectWhole(folder.file(`${n}`), Number(said.trim().split('\n').at(-1)))
  }
})

test('killed at any moment while it writes; the lock goes with it', async () => {
  using folder = temporaryFolder()
  for (const lines of [1, 40, 200]) {
    const child = start(folder.file(), '0', 'endless')
    try {
      let said = ''
      for await (const chunk of child.stdout) {
        said += String(chunk)
        if (said.split('\n').length <= lines || child.killed) continue
        expect(() => openJournal(folder.file())).toThrow(JournalInUse)
        expect(verifyJournal(folder.file())).toMatchObject({ ok: true })
        child.kill('SIGKILL')
      }
      expectWhole(folder.file(), Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1)))
    } finally {
      child.kill('SIGKILL')
    }
    for (const end of ['', '-wal', '-shm']) rmSync(folder.file() + end, { force: true })
    rmSync(overflowPath(folder.file()), { force: true })
  }
})
