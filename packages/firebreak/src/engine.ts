// The engine: wires sources, core, responders and journal of one plan together, and nothing else.
import { steady } from './engine/clock.ts'
import { createCore, type Core } from './engine/core.ts'
import { durably } from './engine/durable.ts'
import type { Effect, Input } from './engine/inputs.ts'
import { rebuild } from './engine/rebuild.ts'
import type { EngineOptions } from './engine/options.ts'
import type { Happening } from './model/moment.ts'
import { begun, undamaged } from './engine/saved-states.ts'
import { strandOf, type Strand, type StrandCounts } from './engine/strand.ts'

export interface Engine {
  readonly core: Core
  readonly submit: (input: Input) => void
  /** Resolves when everything that was heard so far is judged, decided and sent. */
  readonly settled: () => Promise<void>
  readonly stop: () => Promise<void>
  /** States of the detectors at the newest blocks, in the plan's order. */
  readonly states: () => readonly unknown[]
  readonly counts: () => readonly StrandCounts[]
}

const tickMs = 5_000

export async function startEngine(given: EngineOptions): Promise<Engine> {
  const context = { ...given.context, now: steady(given.context.now) }
  const journal = { ...given.journal, kept: undamaged(given.journal, context.trouble) }
  const options = { ...given, journal }
  const { plan } = options
  const { memory, intents, receipts, asked } = rebuild(journal)
  const core = createCore(plan, memory, options.validSignature)
  const strands = new Map<string, Strand>()
  const open = new Set<Promise<unknown>>()
  const keptStates = plan.chains.flatMap(({ name }) => {
    const text = journal.kept(`reached:${name}`)
    return text === undefined ? [] : [{ chain: name, text }]
  })
  options.recorder?.begin(plan, memory, keptStates)
  const writeDurably = durably(journal, context)
  let stopped = false

  const track = (work: Promise<unknown>): void => {
    const settled = work
      .catch((error: unknown) => context.trouble(error instanceof Error ? error.message : String(error)))
      .finally(() => open.delete(settled))
    open.add(settled)
  }

  const submit = (input: Input): void => {
    if (stopped) return
    const effects = core.step(input)
    options.recorder?.add(input, effects)
    options.onInput?.(input, effects)
    for (const effect of effects) carryOut(effect)
  }

  const carryOut = (effect: Effect): void => {
    switch (effect.kind) {
      case 'record':
        return journal.later(effect.entries)
      case 'ask': {
        const [trial] = effect.trials
        const strand = trial && strands.get(trial.base.chain)
        if (strand)
          track(
            strand.foresight
              .outcomes(effect.trials)
              .then((outcomes) => submit({ kind: 'outcomes', at: context.now(), question: effect.question, outcomes })),
          )
        return
      }
      case 'fetchCode': {
        const strand = strands.get(effect.chain)
        const known = strand?.foresight.knownCode(effect.addresses)
        const answer = (code: Input & { kind: 'code' }): void => submit(code)
        if (known) return answer({ kind: 'code', at: context.now(), question: effect.question, code: known })
        if (strand)
          track(
            strand.foresight
              .code(effect.addresses, effect.block)
              .catch(() => ({}))
              .then((code) => answer({ kind: 'code', at: context.now(), question: effect.question, code })),
          )
        return
      }
      case 'forecast': {
        const { chain, block, watch, forecast } = effect
        const strand = strands.get(chain)
        if (strand)
          track(
            strand
              .tryForecast(block, forecast)
              .then((outcome) => submit({ kind: 'forecast', at: context.now(), chain, watch, forecast, outcome })),
          )
        return
      }
      case 'want':
        return strands.get(effect.desire.chain)?.responder.want(effect.desire)
      case 'unwant':
        for (const strand of strands.values()) strand.responder.unwant(effect.desire)
        return
      default:
        return effect satisfies never
    }
  }

  const deliver = (chain: string, happening: Happening, behind = 0): void => {
    submit({ kind: 'happening', at: context.now(), happening })
    strands.get(chain)?.happened(happening, behind)
    if (happening.kind === 'block') options.onMoment?.(happening)
  }

  for (const chain of plan.chains) {
    const node = options.nodes.get(chain.name)
    if (!node) throw new Error(`no node for the chain ${chain.name}`)
    const strand = strandOf({
      chain,
      node,
      core,
      engine: { ...options, context },
      intents,
      receipts,
      asked,
      funds: (authority, enough) => submit({ kind: 'funds', at: context.now(), authority, enough }),
      writeDurably,
      deliver: (happening, behind) => deliver(chain.name, happening, behind),
      news: (desire, news) => submit({ kind: 'desire', at: context.now(), desire, news }),
      endpointNews: (news) => submit({ kind: 'endpoint', at: context.now(), chain: chain.name, news }),
      track,
    })
    strands.set(chain.name, strand)
  }

  for (const strand of strands.values()) await strand.start()
  journal.keep(begun, 'yes')
  const tick = (strand: Strand): void => {
    const moment = strand.tick()
    if (moment) deliver(strand.name, moment)
  }
  const stopTicks = context.every(tickMs, () => strands.forEach(tick))

  const settled = async (): Promise<void> => {
    for (;;) {
      let waited = false
      for (const strand of strands.values()) if (await strand.settled()) waited = true
      if (open.size === 0 && !waited) return
      await Promise.all(open)
    }
  }

  return {
    core,
    submit,
    settled,
    stop: async () => {
      stopTicks()
      for (const strand of strands.values()) strand.stop()
      await settled()
      stopped = true
      for (const strand of strands.values()) strand.save()
      await options.recorder?.end()
      journal.flush()
      for (const strand of strands.values()) await strand.node.close()
    },
    states: () => {
      const byChain = new Map([...strands.values()].map((strand) => [strand.name, [...(strand.states() ?? [])]]))
      return plan.watches.map(({ detector }) => byChain.get(detector.chain)?.shift())
    },
    counts: () => [...strands.values()].map((strand) => strand.counts()),
  }
}
