// Checkpoints at the start, at changes, from time to time and at the end, with timers that the test moves.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keepCheckpoints } from './checkpoints.ts'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** `answers`: how long each write takes, or that it fails; at once when there are no more. */
function keeping(answers: (number | Error)[] = []) {
  let now = 0
  const timers = new Set<Timer>()
  const after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: now + ms, run }
    timers.add(timer)
    return () => void timers.delete(timer)
  }
  const begun: number[] = []
  const ended: number[] = []
  const troubles: string[] = []
  const checkpoints = keepCheckpoints({
    after,
    trouble: (what) => troubles.push(what),
    write: async () => {
      begun.push(now)
      const answer = answers.shift() ?? 0
      if (answer instanceof Error) throw answer
      if (answer > 0) await new Promise<void>((done) => void after(answer, done))
      ended.push(now)
    },
  })
  const settle = (): Promise<void> => new Promise((done) => void setImmediate(done))
  const pass = async (ms: number): Promise<void> => {
    await settle()
    for (const end = now + ms; ; await settle()) {
      const [next] = [...timers].sort((a, b) => a.at - b.at)
      if (!next || next.at > end) return void (now = end)
      now = next.at
      timers.delete(next)
      next.run()
    }
  }
  return { checkpoints, pass, begun, ended, troubles, waiting: () => timers.size }
}

test('one at the start, one at the end, and one every ten minutes in between', async () => {
  const { checkpoints, pass, begun, waiting } = keeping()
  await pass(1_500_000)
  expect(begun).toEqual([0, 599_000, 1_198_000])
  await checkpoints.stop()
  expect(begun).toEqual([0, 599_000, 1_198_000, 1_500_000])
  expect(waiting()).toBe(0)
})

test('changes of one second share a checkpoint, which comes after them', async () => {
  const { checkpoints, pass, begun } = keeping()
  await pass(5_000)
  for (let i = 0; i < 9; i++) {
    checkpoints.changed()
    expect(begun).toHaveLength(1)
    await pass(100)
  }
  await pass(10_000)
  expect(begun).toEqual([0, 6_000])
  await pass(600_000)
  expect(begun).toEqual([0, 6_000, 605_000])
})

test('a change while one is written gets one of its own', async () => {
  const { checkpoints, pass, begun } = keeping([3_000])
  await pass(1_000)
  checkpoints.changed()
  await pass(1_500)
  expect(begun).toEqual([0])
  await pass(10_000)
  expect(begun).toEqual([0, 4_000])
})

test('one that fails is said, and the next is tried all the same', async () => {
  const { checkpoints, pass, begun, troubles } = keeping([new Error('no room'), new Error('no room')])
  await pass(1_000)
  checkpoints.changed()
  await pass(601_000)
  expect(begun).toEqual([0, 2_000, 601_000])
  expect(troubles).toEqual(['no checkpoint was written: no room', 'no checkpoint was written: no room'])
})

test('the end waits for the one under way, writes the last, and then nothing more', async () => {
  const { checkpoints, pass, begun, ended, troubles } = keeping([2_000])
  checkpoints.changed()
  const stopped = checkpoints.stop()
  checkpoints.changed()
  await pass(2_000)
  await stopped
  await checkpoints.stop()
  await pass(1_000_000)
  expect(begun).toEqual([0, 2_000])
  expect(ended).toEqual([2_000, 2_000])
  expect(troubles).toEqual([])
})

test('a last one that fails is said and does not fail the end', async () => {
  const { checkpoints, pass, troubles } = keeping([0, new Error('gone')])
  await pass(10)
  await checkpoints.stop()
  expect(troubles).toEqual(['no checkpoint was written: gone'])
})

test('a disk that never answers holds nobody up for long', async () => {
  const { checkpoints, pass, begun, troubles } = keeping([1e12])
  await pass(700_000)
  let isOver = false
  void checkpoints.stop().then(() => (isOver = true))
  await pass(4_999)
  expect(isOver).toBe(false)
  await pass(1)
  expect(isOver).toBe(true)
  expect(begun).toEqual([0])
  expect(troubles).toHaveLength(1)
})

test('whatever happens: never two within a second, never none for ten minutes, and every change is covered', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 700_000 }), { maxLength: 20 }),
      fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 20 }),
      async (pauses, takes) => {
        const { checkpoints, pass, begun, ended } = keeping([...takes])
        const changes: number[] = []
        let now = 0
        for (const pause of pauses) {
          await pass(pause)
          now += pause
          checkpoints.changed()
          changes.push(now)
        }
        await pass(10_000)
        for (const [i, at] of begun.entries()) {
          const before = ended[i - 1]
          if (before === undefined) continue
          expect(at - before).toBeGreaterThanOrEqual(1_000)
          expect(at - before).toBeLessThanOrEqual(600_000)
        }
        for (const change of changes) expect(begun.some((at) => at > change && at <= change + 5_000)).toBe(true)
      },
    ),
  )
})
