// The engine: wires sources, core, responders and journal of one plan together, and nothing else.
import { knownAddresses } from './base/attacker-contracts.ts'
import { steady } from './engine/clock.ts'
import { createCore, type Core } from './engine/core.ts'
import { durably } from './engine/durable.ts'
import { foresight, type Foresight } from './engine/foresight.ts'
import type { Effect, Input } from './engine/inputs.ts'
import type { Reached } from './engine/reach.ts'
import { rebuild } from './engine/rebuild.ts'
import type { Recorder } from './engine/recording.ts'
import { restoredStates, savedStates } from './engine/saved-states.ts'
import { coinPrice, watchedAddresses } from './engine/watched.ts'
import type { BlockRef, Transaction } from './model/chain.ts'
import type { Trial } from './model/decision.ts'
import type { Hex } from './model/hex.ts'
import type { NewEntry } from './model/journal.ts'
import type { BlockMoment, Happening } from './model/moment.ts'
import type { ResolvedPlan } from './model/plan.ts'
import type { Signer } from './responders/authorities/key.ts'
import { responder, type Responder } from './responders/responder.ts'
import { followHeads } from './sources/heads.ts'
import { watchPending, type PendingSource } from './sources/pending.ts'
import type { Journal, Node, Source } from './stages.ts'

export interface Context {
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  readonly every: (ms: number, run: () => void) => () => void
  /** For people, never for decisions. */
  readonly trouble: (what: string) => void
}

export interface EngineOptions {
  readonly plan: ResolvedPlan
  readonly nodes: ReadonlyMap<string, Node>
  readonly journal: Journal & { readonly appendOrOverflow: (entries: readonly NewEntry[]) => { readonly overflowed: boolean } }
  /** Empty in shadow: then nothing is ever sent. */
  readonly signers: ReadonlyMap<string, Signer>
  readonly context: Context
  readonly validSignature: (tx: Transaction) => boolean
  /** Gas of a brake's call, as the last readiness check measured it. */
  readonly gasOf: (brake: string, call: number) => bigint
  readonly warmUp?: number
  readonly recorder?: Recorder
  readonly onInput?: (input: Input, effects: readonly Effect[]) => void
  readonly onMoment?: (moment: BlockMoment) => void
}

export interface Engine {
  readonly core: Core
  readonly submit: (input: Input) => void
  /** Resolves when everything that was heard so far is judged, decided and sent. */
  readonly settled: () => Promise<void>
  readonly stop: () => Promise<void>
  readonly counts: () => readonly { readonly chain: string; readonly head: bigint; readonly seen: number; readonly judged: number }[]
}

interface Strand {
  readonly name: string
  readonly node: Node
  readonly heads: Source
  readonly pending: PendingSource
  readonly responder: Responder
  readonly foresight: Foresight
  head: BlockRef | undefined
  headAt: number
  pendingAt: number
  pendingSeen: number
}

/** Blocks between two savings of the detectors' states. */
const saveEvery = 16n
const begun = 'begun'
const tickMs = 5_000

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { plan, journal } = options
  const context = { ...options.context, now: steady(options.context.now) }
  const { memory, intents, receipts } = rebuild(journal)
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
      case 'want':
        return strands.get(effect.desire.chain)?.responder.want(effect.desire)
      case 'unwant':
        for (const strand of strands.values()) strand.responder.unwant(effect.desire)
        return
      default:
        return effect satisfies never
    }
  }

  const deliver = (strand: () => Strand, happening: Happening, behind = 0): void => {
    submit({ kind: 'happening', at: context.now(), happening })
    const own = strand()
    if (happening.kind === 'retraction') {
      own.head = happening.head
      own.responder.onRetraction(happening)
    }
    if (happening.kind !== 'block') return
    own.head = happening.block
    own.headAt = context.now()
    // The past is judged, but only the present is acted upon.
    if (behind === 0) {
      own.foresight.forget()
      track(own.responder.onBlock(happening))
      own.pending.onBlock(happening.touched.map((touched) => touched.tx.hash))
    }
    if (happening.block.number % saveEvery === 0n) save(own)
    options.onMoment?.(happening)
  }

  /** States of the oldest block that may still be needed; younger ones are observed again after a restart. */
  const save = (strand: Strand): void => {
    const finality = plan.chains.find((one) => one.name === strand.name)?.finality ?? 0
    let at: Reached | undefined = strand.head && core.watching(strand.name).at(strand.head.hash)
    for (let i = 0; at?.parent && i < finality; i++) at = at.parent
    if (at) journal.keep(`reached:${strand.name}`, savedStates(plan, at))
  }

  for (const chain of plan.chains) {
    const node = options.nodes.get(chain.name)
    if (!node) throw new Error(`no node for the chain ${chain.name}`)
    const kept = journal.kept(`reached:${chain.name}`)
    // What we kept ourselves has the shape that we wrote; a plan that changed since starts afresh.
    const from = kept === undefined ? undefined : restoredStates(kept)
    const watching = core.watching(chain.name)
    if (from?.plan === plan.hash) watching.restore(from)
    const watched = watchedAddresses(plan, chain.name)
    const needs = (parent: Hex | undefined) => watching.needs(parent)
    const insight = foresight(node, watching.own)
    const self = (): Strand => {
      const strand = strands.get(chain.name)
      if (!strand) throw new Error(`the chain ${chain.name} has not been started`)
      return strand
    }
    const strand: Strand = {
      name: chain.name,
      node,
      head: from?.block,
      headAt: context.now(),
      pendingAt: context.now(),
      pendingSeen: 0,
      foresight: insight,
      heads: followHeads({
        node,
        watched,
        needs,
        deliver: (happening, behind) => deliver(self, happening, behind),
        onTrouble: context.trouble,
        from: from?.block,
        warmUp: options.warmUp ?? plan.bounds.priceWindowBlocks,
        onlyLearns: journal.kept(begun) === undefined,
        finality: chain.finality,
        sleep: context.sleep,
      }),
      pending: watchPending({
        node,
        watched,
        holders: new Set(plan.holdings.filter((one) => one.chain === chain.name).map((one) => one.holder)),
        known: knownAddresses(plan),
        needs,
        head: () => self().head,
        deliver: (happening) => deliver(self, happening),
        foresee: (on, txs, contracts) => {
          let trials: readonly Trial[] | undefined
          const prepared = insight.code(contracts, on.hash).then((code) => {
            trials = core.foresee(on, txs, code)
          })
          track(prepared)
          return async () => {
            if (trials) insight.begin(trials)
            else track(prepared.then(() => trials && insight.begin(trials)))
          }
        },
        onTrouble: context.trouble,
        sleep: context.sleep,
        atOnce: 32,
        most: 20_000,
      }),
      responder: responder({
        plan,
        chain: chain.name,
        node,
        signers: new Map(
          [...options.signers].filter(([name]) => plan.authorities.some((one) => one.name === name && one.chain === chain.name)),
        ),
        writeDurably,
        writeLater: (entries) => journal.later(entries),
        news: (desire, news) => {
          submit({ kind: 'desire', at: context.now(), desire, news })
          // What waits was judged while the brake stood: without it, it is another thing.
          if (news.kind === 'released') self().pending.onBlock([])
        },
        onTrouble: context.trouble,
        now: context.now,
        sleep: context.sleep,
        gasOf: options.gasOf,
        coinPrice: () => coinPrice(plan, chain.name, watching.at(self().head?.hash ?? '0x')),
        past: intents,
        receipts,
      }),
    }
    strands.set(chain.name, strand)
  }

  for (const strand of strands.values()) {
    await strand.responder.start(
      await strand.node.head(),
      core.desires().filter((one) => one.chain === strand.name),
    )
    await strand.heads.start()
    await strand.pending.start()
    save(strand)
  }
  // From here on a block that we do not see is one that we missed.
  journal.keep(begun, 'yes')
  const tick = (strand: Strand): void => {
    const { seen } = strand.pending.counts()
    if (seen !== strand.pendingSeen) strand.pendingAt = context.now()
    strand.pendingSeen = seen
    strand.responder.onTick()
    if (!strand.head) return
    const [headAge, pendingAge] = [context.now() - strand.headAt, context.now() - strand.pendingAt]
    deliver(() => strand, {
      kind: 'tick',
      chain: strand.name,
      block: strand.head,
      answers: new Map(),
      logs: new Map(),
      headAge,
      pendingAge,
    })
  }
  const stopTicks = context.every(tickMs, () => strands.forEach(tick))

  const settled = async (): Promise<void> => {
    for (;;) {
      for (const strand of strands.values()) {
        await strand.heads.settled()
        await strand.pending.settled()
        await strand.responder.settled()
      }
      if (open.size === 0) return
      await Promise.all(open)
    }
  }

  return {
    core,
    submit,
    settled,
    stop: async () => {
      stopTicks()
      for (const strand of strands.values()) {
        strand.heads.stop()
        strand.pending.stop()
        strand.responder.stop()
      }
      await settled()
      stopped = true
      for (const strand of strands.values()) save(strand)
      await options.recorder?.end()
      journal.flush()
      for (const strand of strands.values()) await strand.node.close()
    },
    counts: () =>
      [...strands.values()].map((strand) => {
        const { seen, judged } = strand.pending.counts()
        return { chain: strand.name, head: strand.head?.number ?? 0n, seen, judged }
      }),
  }
}
