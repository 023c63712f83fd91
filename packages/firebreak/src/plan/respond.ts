// The sentence that ties watches to brakes: `on('drain').pull('pause').automatically({ atMost: '2/day' })`.
import type { Duration, Frequency } from '../base/units.ts'

export interface Limits {
  /** How often this rule may act by itself. */
  readonly atMost: Frequency
  /** Rest between two automatic pulls; none unless given. */
  readonly coolDown?: Duration
}

export interface RuleDescription {
  readonly kind: 'rule'
  readonly on: readonly string[]
  readonly pull: readonly string[]
  readonly act: ({ readonly kind: 'automatically' } & Limits) | { readonly kind: 'propose'; readonly to: string }
}

/** Watches first; then what to pull by itself, inside limits, or what to propose to whom. */
export interface On<w extends string, b extends string, a extends string> {
  (...watches: readonly [w, ...w[]]): {
    readonly pull: (...brakes: readonly [b, ...b[]]) => { readonly automatically: (limits: Limits) => RuleDescription }
    readonly propose: (...brakes: readonly [b, ...b[]]) => { readonly to: (authority: a) => RuleDescription }
  }
}

/** What `respond` is called with. */
export const on: On<string, string, string> = (...watches) => ({
  pull: (...brakes) => ({
    automatically: (limits) => ({ kind: 'rule', on: watches, pull: brakes, act: { kind: 'automatically', ...limits } }),
  }),
  propose: (...brakes) => ({ to: (authority) => ({ kind: 'rule', on: watches, pull: brakes, act: { kind: 'propose', to: authority } }) }),
})
