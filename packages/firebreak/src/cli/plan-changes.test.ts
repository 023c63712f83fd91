import { describe, expect, it } from 'vitest'
import { canonical } from '../base/canonical.ts'
import { changesBetween } from './plan-changes.ts'

const plan = {
  name: 'vault',
  brakes: { pause: { costPerHour: 100n * 10n ** 18n, lastsMs: 14_400_000, by: ['guardian'] } },
  rules: [
    { watches: ['drain'], brakes: ['pause'], act: { kind: 'automatically', atMost: { count: 2, perMs: 86_400_000 }, coolDownMs: 0 } },
  ],
  files: { 'firebreak.plan.ts': `0x${'1'.repeat(64)}` },
}
const changed = (after: unknown) => changesBetween(canonical(plan), canonical(after))

describe('what a changed plan does differently', () => {
  it('is nothing for the same plan', () => {
    expect(changed(plan)).toEqual([])
  })

  it('names the place, in dollars and spans', () => {
    const after = { ...plan, brakes: { pause: { ...plan.brakes.pause, costPerHour: 250n * 10n ** 18n, lastsMs: 7_200_000 } } }
    expect(changed(after)).toEqual([
      { path: 'brakes.pause.costPerHour', before: '$100', after: '$250' },
      { path: 'brakes.pause.lastsMs', before: '4 h', after: '2 h' },
    ])
  })

  it('tells what came and what went', () => {
    const { pause } = plan.brakes
    expect(changed({ ...plan, brakes: { stop: pause } })).toMatchObject([
      { path: 'brakes.pause', before: expect.stringContaining('guardian') },
      { path: 'brakes.stop', after: expect.stringContaining('guardian') },
    ])
  })

  it('sees a change that its short text would hide', () => {
    const end = `0x${'1'.repeat(30)}2${'1'.repeat(33)}`
    expect(changed({ ...plan, files: { 'firebreak.plan.ts': end } })).toHaveLength(1)
    expect(changed({ ...plan, rules: [{ ...plan.rules[0], brakes: ['stop'] }] })).toMatchObject([{ path: 'rules' }])
  })
})
