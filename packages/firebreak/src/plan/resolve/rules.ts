// Settles what happens when: the sentences of `respond`, whose names all have to exist.
import { durationMs, frequency } from '../../base/units.ts'
import type { Authority } from '../../model/brake.ts'
import type { Rule } from '../../model/plan.ts'
import { on } from '../respond.ts'
import { wordsOf } from './calls.ts'
import type { Context } from './context.ts'
import { isFields, listOf, namesOf, onlyFields, quoted, unit, type Fields } from './report.ts'

export interface Declared {
  readonly watches: readonly string[]
  readonly brakes: readonly string[]
  readonly authorities: readonly string[]
}

/** Which kinds of authority can act without people. */
const actsAlone: Readonly<Record<Authority['kind'], boolean>> = {
  key: true,
  safe: false,
  timelock: true,
  accessManager: true,
  governor: false,
}

/** A settled rule; `by` and `settled` tell which brakes it can use. */
export function resolveRules(context: Context, respond: unknown, declared: Declared): readonly Rule[] {
  if (typeof respond !== 'function')
    return (
      context.report('respond', `is ${quoted(respond)}`, "write (on) => [on('watch').pull('brake').automatically({ atMost: '2/day' })]") ??
      []
    )
  let said: unknown
  try {
    said = respond(on)
  } catch (error) {
    return (
      context.report(
        'respond',
        `failed: ${wordsOf(error).wrong}`,
        "write (on) => [on('watch').pull('brake').automatically({ atMost: '2/day' })]",
      ) ?? []
    )
  }
  if (!Array.isArray(said)) return context.report('respond', `gives ${quoted(said)}`, 'give a list of rules') ?? []
  return said.flatMap((rule: unknown, index) => ruleOf(context, `respond[${index}]`, rule, declared) ?? [])
}

function ruleOf(context: Context, path: string, given: unknown, declared: Declared): Rule | undefined {
  if (!isFields(given) || given.kind !== 'rule' || !isFields(given.act)) {
    return context.report(path, 'is not finished', "end it with .automatically({ atMost: '2/day' }) or .propose(…).to('authority')")
  }
  if (listOf(given.on).length === 0) context.report(`${path}.on`, 'names no watch', "say when: on('watch')")
  if (listOf(given.pull).length === 0) context.report(`${path}.pull`, 'names no brake', "say what to do: .pull('brake')")
  const watches = namesOf(context.report, `${path}.on`, given.on, declared.watches, 'watch')
  const brakes = namesOf(context.report, `${path}.pull`, given.pull, declared.brakes, 'brake')
  const act = given.act.kind === 'propose' ? proposal(context, path, given.act, declared) : automatic(context, path, given.act)
  return act && { watches, brakes, act }
}

function proposal(context: Context, path: string, act: Fields, declared: Declared): Rule['act'] | undefined {
  const [to] = namesOf(context.report, `${path}.to`, act.to === undefined ? [undefined] : act.to, declared.authorities, 'authority')
  return to === undefined ? undefined : { kind: 'propose', to }
}

function automatic(context: Context, path: string, act: Fields): Rule['act'] | undefined {
  onlyFields(context.report, `${path}.automatically`, act, ['kind', 'atMost', 'coolDown'])
  const atMost = unit(context.report, `${path}.automatically.atMost`, act.atMost, frequency, 'how often', '2/day')
  const coolDownMs =
    act.coolDown === undefined ? 0 : unit(context.report, `${path}.automatically.coolDown`, act.coolDown, durationMs, 'a duration', '10m')
  return atMost && coolDownMs !== undefined ? { kind: 'automatically', atMost, coolDownMs } : undefined
}

/** An automatic rule needs, for each brake, someone who can act without people. */
export function checkActors(
  context: Pick<Context, 'report'>,
  rules: readonly Rule[],
  brakes: readonly { readonly name: string; readonly by: readonly string[] }[],
  authorities: readonly Authority[],
): void {
  for (const [index, rule] of rules.entries()) {
    if (rule.act.kind !== 'automatically') continue
    for (const name of rule.brakes) {
      const by = brakes.find((brake) => brake.name === name)?.by
      const able = authorities.filter((authority) => actsAlone[authority.kind]).map((authority) => authority.name)
      if (by && !by.some((authority) => able.includes(authority))) {
        context.report(
          `respond[${index}].pull`,
          `the brake '${name}' has no authority that can act by itself`,
          "add a key to the brake's `by`, or propose it instead",
        )
      }
    }
  }
}

/** What is declared and never used is probably forgotten. */
export function warnUnused(
  context: Context,
  rules: readonly Rule[],
  brakes: readonly { readonly name: string; readonly by: readonly string[] }[],
  declared: Declared,
  authorities: readonly Authority[],
): void {
  const senders = authorities.flatMap((one) => ('sender' in one ? [one.sender] : 'executor' in one && one.executor ? [one.executor] : []))
  const pulled = new Set(rules.flatMap((rule) => rule.brakes))
  const heard = new Set(rules.flatMap((rule) => rule.watches))
  const acting = new Set([
    ...brakes.flatMap((brake) => brake.by),
    ...rules.flatMap((rule) => (rule.act.kind === 'propose' ? [rule.act.to] : [])),
    ...senders,
  ])
  for (const name of declared.brakes) {
    if (!pulled.has(name))
      context.warn(`brakes.${name}`, 'is in no rule, so it is only pulled by hand', `name it in respond: on('…').pull('${name}')`)
  }
  for (const name of declared.watches) {
    if (!heard.has(name))
      context.warn(`watch.${name}`, 'is in no rule, so its signals lead to nothing', `name it in respond: on('${name}')`)
  }
  for (const name of declared.authorities) {
    if (!acting.has(name)) context.warn(`authorities.${name}`, 'is named by no brake and no rule', 'name it in `by`, or remove it')
  }
}
