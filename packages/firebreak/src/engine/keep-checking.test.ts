import { expect, test } from 'vitest'
import type { BrakeReport, Report } from '../readiness/report.ts'
import { keepChecking } from './keep-checking.ts'

const brake = (fails: boolean): BrakeReport => ({
  brake: 'pause',
  chain: 'local',
  calls: [],
  reach: 0n,
  routes: [
    {
      authority: 'guardian',
      verdict: fails ? { kind: 'fails', failure: 'reverts', why: 'revoked' } : { kind: 'works' },
      gasUsed: [],
      gasLimits: [],
      undo: undefined,
    },
  ],
})
const report = (fails: boolean): Report => ({ chains: [], brakes: [brake(fails)], signers: [], findings: [] })

function checking(answers: (boolean | Error)[], everyBlocks = 10) {
  const said: string[] = []
  let asked = 0
  const keep = keepChecking({
    everyBlocks,
    check: async () => {
      asked++
      const answer = answers.shift() ?? false
      if (answer instanceof Error) throw answer
      return report(answer)
    },
    onReport: (_, changes, first) => {
      said.push(
        ...(first ? ['first'] : []),
        ...changes.map(({ what, now }) => `${what} ${now.rots ? `rots: ${now.wrong}` : 'works again'}`),
      )
    },
    trouble: (what) => said.push(`trouble: ${what}`),
  })
  const blocks = async (...numbers: readonly bigint[]): Promise<void> => {
    for (const number of numbers) {
      keep.onBlock('local', number)
      await keep.settled()
    }
  }
  return { said, blocks, keep, asked: () => asked }
}

test('checks at the first block and then every so many', async () => {
  const { blocks, asked } = checking([])
  await blocks(1n, 2n, 10n, 11n, 20n, 21n)
  expect(asked()).toBe(3)
  const never = checking([], 0)
  await never.blocks(1n, 100n)
  expect(never.asked()).toBe(0)
})

test('a block that goes back, as in a reorg of the whole chain, is checked', async () => {
  const { blocks, asked } = checking([])
  await blocks(100n, 5n)
  expect(asked()).toBe(2)
})

test('says each change once, and one bad answer is no change', async () => {
  const { said, blocks } = checking([false, true, false, true, true, true, false, false], 1)
  await blocks(1n, 2n, 3n, 4n, 5n)
  expect(said).toEqual(['first', 'brake pause rots: revoked', 'brake pause works again'])
})

test('a node that cannot be asked is a trouble and no rot', async () => {
  const { said, blocks } = checking([false, new Error('away'), false], 1)
  await blocks(1n, 2n, 3n)
  expect(said).toEqual(['first', 'trouble: the readiness check could not be made: away'])
})

test('one check at a time, and none after the end', async () => {
  const { keep, asked, said } = checking([false, false], 1)
  keep.onBlock('local', 1n)
  keep.onBlock('local', 2n)
  await keep.stop()
  expect(asked()).toBeLessThanOrEqual(1)
  expect(said).toEqual([])
  keep.onBlock('local', 3n)
  await keep.settled()
  expect(asked()).toBeLessThanOrEqual(1)
})
