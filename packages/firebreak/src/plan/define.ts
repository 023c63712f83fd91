// `definePlan(…)`: the shape of a plan, typed so that a wrong name is an error at the word.
import type { DollarText, Duration, HourlyCost, Share } from '../base/units.ts'
import type { Activity } from '../model/activity.ts'
import type { Read, Write } from '../model/call.ts'
import type { Watch } from '../model/detector.ts'
import type { AssetDescription } from './asset.ts'
import type { AuthorityDescription } from './authority.ts'
import type { CancelledDescription, CancelsDescription } from './cancel.ts'
import type { ConditionDescription } from './condition.ts'
import type { AnyContract } from './contract.ts'
import type { On, RuleDescription } from './respond.ts'
import type { VoiceDescription } from './voice.ts'

export interface LeverDescription {
  readonly read: Read<bigint>
  /** The direction in which this parameter takes freedom away. */
  readonly restrictsWhen: 'lower' | 'higher'
  /** The value that means no limit at all (on Aave a cap of 0). */
  readonly unlimited?: bigint
}

export interface BrakeDescription<a extends string> {
  /** The call that brings it about, or several in order. */
  readonly call: Write | readonly [Write, ...Write[]] | CancelsDescription
  /** When it holds: a read that is true, or `is`, `atMost`, `atLeast`. */
  readonly holds: Read<boolean> | ConditionDescription | CancelledDescription
  readonly undo?: Write | readonly [Write, ...Write[]]
  /** Who makes the call, first choice first. */
  readonly by: a | readonly [a, ...a[]]
  readonly falsePauseCosts: HourlyCost
  /** What goes on while it holds; of brakes that do as much, the one that leaves repayments, withdrawals and liquidations working is taken. */
  readonly leaves?: readonly Activity[]
  /** Expected duration, after which our desire ends by itself; '4h' unless given. */
  readonly lasts?: Duration
  /** 3 unless given. */
  readonly atMostPulls?: number
  /** Who answers for it; the first authority unless given. */
  readonly owner?: string
  /** For a parameter: how to tell restricting from widening before it is sent. */
  readonly lever?: LeverDescription
}

export interface BoundsDescription {
  /** Loss up to which a brake is sufficient; '$0' unless given. */
  readonly tolerates?: DollarText
  /** What value that no mutation could test does to the choice; 'report' unless given. */
  readonly untested?: 'report' | 'widen'
  /** Blocks over which the trusted price is the median; 100 unless given. */
  readonly priceWindow?: number
  /** Share of what is saved that fees may cost; '5%' unless given. */
  readonly spend?: Share
  /** Coins that fees never touch; '0.05' unless given. */
  readonly keepGas?: `${number}`
  /** Silence after which a contained incident closes; '1h' unless given. */
  readonly quiet?: Duration
}

/** Keys are declared in `watch`, `authorities` and `brakes`, and only used in `by` and `respond` (NoInfer). */
export interface Plan<w extends string, a extends string, b extends string> {
  readonly name: string
  readonly contracts: Readonly<Record<string, AnyContract>>
  readonly assets?: Readonly<Record<string, AssetDescription>>
  readonly watch: Readonly<Record<w, Watch>>
  readonly authorities: Readonly<Record<a, AuthorityDescription>>
  readonly brakes: Readonly<Record<b, BrakeDescription<NoInfer<a>>>>
  readonly respond: (on: On<NoInfer<w>, NoInfer<b>, NoInfer<a>>) => readonly RuleDescription[]
  readonly bounds?: BoundsDescription
  /** Who is told, and where a heartbeat goes. */
  readonly voice?: VoiceDescription
}

/** A plan as its file exports it. */
export type PlanDefinition = Plan<string, string, string> & { readonly kind: 'plan' }

/**
 * Marks a plan, so that a wrong function, argument, watch, brake or authority name is an error at the word.
 * @example export default definePlan({ name: 'acme', contracts: { pool }, watch: { … }, authorities: { … }, brakes: { … }, respond: (on) => [ … ] })
 */
export function definePlan<const w extends string, const a extends string, const b extends string>(plan: Plan<w, a, b>): PlanDefinition {
  return { ...plan, kind: 'plan' }
}
