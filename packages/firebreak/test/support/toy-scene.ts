// Test support: a plan with two brakes and an attack on its pool, for whoever tests the core as a whole.
import { blockAt, pendingOn, saying, type Life } from './toy-engine.ts'
import { attackTx, brake, dollar, held, pool, toyPlan, type World } from './toy.ts'
import { someone } from './moments.ts'

export const other = someone(2)
export const usdc = `usdc of ${pool}`
export const plan = toyPlan({
  holdings: [held('usdc'), held('weth'), held('usdc', other)],
  brakes: [brake('narrow', { costPerHour: dollar / 1_000n }), brake('wide', { costPerHour: dollar / 100n })],
  watches: [
    { name: 'drain', detector: saying('drain', pool) },
    { name: 'elsewhere', detector: saying('elsewhere', other) },
    { name: 'flash', detector: saying('flash', pool, { weight: 'evidence' }) },
    { name: 'lasts', detector: saying('lasts', pool, { culprits: [] }) },
  ],
  rules: [
    {
      watches: ['drain', 'elsewhere', 'lasts'],
      brakes: ['narrow', 'wide'],
      act: { kind: 'automatically', atMost: { count: 9, perMs: 86_400_000 }, coolDownMs: 0 },
    },
  ],
})
/** Each takes 600,000 usdc unless one of these brakes is pulled. */
export const stoppedBy =
  (...brakes: readonly string[]): World =>
  (_, pulled) => [pulled.some((name) => brakes.includes(name)) ? [0n, 0n, 0n] : [600_000n, 0n, 0n]]
export const first = blockAt(plan, 1)
export const second = blockAt(plan, 2)
export const attack = attackTx(7)
export const begun = (life: Life): Life => {
  life.see(first)
  life.see(second)
  return life
}
export const attackPending = (life: Life, values: Readonly<Record<string, bigint>> = { drain: 90n }) =>
  life.see(pendingOn(plan, second, attack, values))
