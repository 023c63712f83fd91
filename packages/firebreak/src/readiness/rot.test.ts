import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BrakeReport, Report, SignerReport } from './report.ts'
import { changesBetween } from './rot.ts'

const brakeReport = (brake: string, why: string | undefined): BrakeReport => ({
  brake,
  chain: 'local',
  calls: [],
  reach: 0n,
  routes: [
    {
      authority: 'key',
      verdict: why === undefined ? { kind: 'works' } : { kind: 'fails', failure: 'reverts', why },
      gasUsed: [],
      gasLimits: [],
      undo: undefined,
    },
  ],
})
const signerReport = (pulls: bigint | undefined, secret: SignerReport['secret']): SignerReport => ({
  authority: 'key',
  chain: 'local',
  address: '0x0000000000000000000000000000000000000001',
  balance: 0n,
  reserve: 0n,
  dearest: 'pause',
  pulls,
  pullsAtTenfold: pulls,
  secret,
  powers: [],
})
const brakes = fc.uniqueArray(
  fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), why: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }) }),
  { selector: ({ name }) => name },
)
const secrets = fc.constantFrom(undefined, { ok: true } as const, { ok: false, why: 'gone' } as const)
const reports = fc
  .record({ brakes, pulls: fc.constantFrom(undefined, 0n, 1n, 9n), secret: secrets })
  .map(({ brakes: all, pulls, secret }): Report => ({
    chains: [],
    brakes: all.map(({ name, why }) => brakeReport(name, why)),
    signers: [signerReport(pulls, secret)],
    findings: [],
  }))

test('nothing changes between a report and itself', () => {
  fc.assert(
    fc.property(reports, (report) => {
      expect(changesBetween(report, report)).toEqual([])
    }),
  )
})

test('going there and back says each change once each way', () => {
  fc.assert(
    fc.property(reports, reports, (one, other) => {
      const known = new Set(one.brakes.map(({ brake }) => `brake ${brake}`))
      const there = changesBetween(one, other).filter(({ what }) => known.has(what))
      const back = changesBetween(other, one)
      for (const change of there)
        expect(back).toContainEqual(
          expect.objectContaining({ what: change.what, now: expect.objectContaining({ rots: !change.now.rots }) }),
        )
    }),
  )
})

test('at the start whatever is not as it should be is said, and only that', () => {
  const report: Report = {
    chains: [],
    brakes: [brakeReport('a', undefined), brakeReport('b', 'revoked')],
    signers: [signerReport(0n, { ok: false, why: 'gone' })],
    findings: [],
  }
  expect(changesBetween(undefined, report).map(({ what, now }) => [what, now.rots])).toEqual([
    ['brake b', true],
    ['gas of key', true],
    ['secret of key', true],
  ])
})

test('another reason for the same rot is not said again', () => {
  const with_ = (why: string): Report => ({ chains: [], brakes: [brakeReport('a', why)], signers: [], findings: [] })
  expect(changesBetween(with_('x'), with_('y'))).toEqual([])
})
