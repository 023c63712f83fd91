// One chain of a running plan: its sources, its responder, its early simulations, and the detectors' states that outlive a restart.
import { knownAddresses } from '../base/attacker-contracts.ts'
import type { Intent, Receipt } from '../model/brake.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Trial } from '../model/decision.ts'
import type { EndpointNews } from '../model/endpoint.ts'
import type { Hex } from '../model/hex.ts'
import type { BlockMoment, Happening, TickMoment } from '../model/moment.ts'
import type { Forecast, ForecastOutcome } from '../model/forecast.ts'
import type { ResolvedChain } from '../model/plan.ts'
import type { News } from '../responders/news.ts'
import type { Responder, ResponderOptions } from '../responders/responder-options.ts'
import { responder } from '../responders/responder.ts'
import { followHeads } from '../sources/heads.ts'
import { watchPending, type PendingSource } from '../sources/pending.ts'
import { droppedIn, missedText, type PendingCounts } from '../sources/tally.ts'
import type { Node } from '../stages.ts'
import { isDisarmed } from '../base/arming.ts'
import type { EngineOptions } from './options.ts'
import type { Core } from './core.ts'
import { foresight, type Foresight } from './foresight.ts'
import type { Reached } from './reach.ts'
import { begun, restoredStates, savedStates } from './saved-states.ts'
import { coinPrice, watchedAddresses } from './watched.ts'

export interface Strand {
  readonly name: string
  readonly node: Node
  readonly responder: Responder
  readonly foresight: Foresight
  readonly start: () => Promise<void>
  /** What happened on this chain, after the core has taken it in. */
  readonly happened: (happening: Happening, behind: number) => void
  /** The clock moved on; undefined before the first block. */
  readonly tick: () => TickMoment | undefined
  /** What governance may do, as if its time had come. */
  readonly tryForecast: (on: BlockRef, forecast: Forecast) => Promise<ForecastOutcome>
  readonly save: () => void
  /** States of this chain's detectors at its newest block. */
  readonly states: () => readonly unknown[] | undefined
  /** True when endpoints were waited for: what they said may have led to more. */
  readonly settled: () => Promise<boolean>
  readonly stop: () => void
  readonly counts: () => StrandCounts
}

/** What became of waiting transactions, and the newest block. */
export interface StrandCounts extends PendingCounts {
  readonly chain: string
  readonly head: bigint
}

export interface StrandOptions {
  readonly chain: ResolvedChain
  readonly node: Node
  readonly core: Core
  readonly engine: EngineOptions
  readonly intents: readonly Intent[]
  readonly receipts: ReadonlyMap<string, Receipt>
  readonly asked: ResponderOptions['asked']
  readonly funds: ResponderOptions['funds']
  readonly writeDurably: ResponderOptions['writeDurably']
  readonly deliver: (happening: Happening, behind?: number) => void
  readonly news: (desire: string, news: News) => void
  readonly endpointNews: (news: EndpointNews) => void
  readonly track: (work: Promise<unknown>) => void
}

/** Blocks from which the next one is imagined: their proposers, and the time between them. */
const mostRecent = 31
const lookAgainMs = 10
/** Blocks between two savings of the detectors' states. */
const saveEvery = 16n

export function strandOf({ chain, node, core, engine, deliver, news, endpointNews, track, ...past }: StrandOptions): Strand {
  const { plan, journal, context } = engine
  const watching = core.watching(chain.name)
  const statesName = `reached:${chain.name}`
  const kept = journal.kept(statesName)
  // What we kept ourselves has the shape that we wrote; a plan that changed since starts afresh.
  const from = kept === undefined ? undefined : restoredStates(kept)
  if (from?.plan === plan.hash) watching.restore(from)
  const watched = watchedAddresses(plan, chain.name)
  const needs = (parent: Hex | undefined) => watching.needs(parent)
  const insight = foresight(node, watching.own, engine.gasOf)
  let head: BlockRef | undefined = from?.block
  let recent: readonly BlockRef[] = head ? [head] : []
  let newest: BlockMoment | undefined
  let headAt = context.now()
  let pendingAt = headAt
  let pendingSeen = 0

  const heads = followHeads({
    node,
    watched,
    needs,
    deliver,
    onTrouble: context.trouble,
    from: from?.block,
    warmUp: engine.warmUp ?? plan.bounds.priceWindowBlocks,
    onlyLearns: journal.kept(begun) === undefined,
    finality: chain.finality,
    sleep: context.sleep,
  })

  const pending: PendingSource = watchPending({
    node,
    watched,
    holders: new Set(plan.holdings.filter((one) => one.chain === chain.name).map((one) => one.holder)),
    known: knownAddresses(plan),
    needs,
    head: () => head,
    recent: () => recent,
    deliver,
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
    onMissed: (missed, before) => {
      const count = droppedIn({ dropped: missed })
      context.trouble(`${count.toLocaleString('en-US')} waiting transactions were not looked at in time: ${missedText(missed)}`)
      journal.later([
        { kind: 'note', at: context.now(), body: { what: 'notLookedAt', chain: chain.name, before: before?.number, count, ...missed } },
      ])
    },
    atOnce: 32,
    most: 20_000,
    mostInLine: 4_096,
    mostBytes: 64 * 1024 * 1024,
  })

  const responding = responder({
    plan,
    chain: chain.name,
    node,
    signers: new Map([...engine.signers].filter(([name]) => plan.authorities.some((one) => one.name === name && one.chain === chain.name))),
    writeDurably: past.writeDurably,
    writeLater: (entries) => journal.later(entries),
    mayAct: (brake) => !isDisarmed(core.disarmed(), brake),
    news: (desire, said) => {
      news(desire, said)
      // What waits was judged while the brake stood: without it, it is another thing.
      if (said.kind === 'released') pending.onBlock([])
    },
    onTrouble: context.trouble,
    now: context.now,
    sleep: context.sleep,
    gasOf: engine.gasOf,
    coinPrice: () => coinPrice(plan, chain.name, watching.at(head?.hash ?? '0x')),
    past: past.intents,
    receipts: past.receipts,
    asked: past.asked,
    routes: new Map(
      [...(engine.routes ?? [])].filter(([name]) => plan.authorities.some((one) => one.name === name && one.chain === chain.name)),
    ),
    proposals: engine.proposals,
    relay: engine.relays?.get(chain.name),
    firstOf: core.authorityOf,
    funds: past.funds,
  })

  /** States of the oldest block that may still be needed; younger ones are observed again after a restart. */
  const save = (): void => {
    let at: Reached | undefined = head && watching.at(head.hash)
    for (let i = 0; at?.parent && i < chain.finality; i++) at = at.parent
    if (at) journal.keep(statesName, savedStates(plan, at))
  }

  /** Dozens of trials come to agree within a moment: that is one reason to look again. */
  let looking = false
  const lookAgain = (block: Hex): void => {
    if (looking) return
    looking = true
    track(
      context.sleep(lookAgainMs).then(() => {
        looking = false
        if (head?.hash !== block && head?.parent !== block) return
        // What was mined is tried again, too: a decision that rested on one word settled nothing.
        if (newest?.block.hash === head.hash) deliver(newest, 0)
        pending.lookAgain()
      }),
    )
  }

  node.onNews?.((said) => {
    if (said.kind === 'confirmed' || said.kind === 'refuted') heads.again(said)
    else if (said.kind === 'agreed') lookAgain(said.block)
    else endpointNews(said)
  })

  return {
    name: chain.name,
    node,
    responder: responding,
    foresight: insight,
    start: async () => {
      await responding.start(
        await node.head(),
        core.desires().filter((one) => one.chain === chain.name),
      )
      await heads.start()
      await pending.start()
      save()
    },
    happened: (happening, behind) => {
      if (happening.kind === 'retraction') {
        head = happening.head
        const gone = new Set(happening.dropped.map((one) => one.hash))
        recent = recent.filter((one) => !gone.has(one.hash))
        responding.onRetraction(happening)
      }
      if (happening.kind !== 'block') return
      head = happening.block
      newest = happening
      recent = [...recent.slice(-mostRecent), happening.block]
      headAt = context.now()
      // The past is judged, but only the present is acted upon.
      if (behind === 0) {
        insight.forget()
        track(responding.onBlock(happening))
        pending.onBlock(happening.touched.map((touched) => touched.tx.hash))
      }
      if (happening.block.number % saveEvery === 0n) save()
    },
    tick: () => {
      const { seen } = pending.counts()
      const now = context.now()
      if (seen !== pendingSeen) pendingAt = now
      pendingSeen = seen
      responding.onTick()
      if (!head) return undefined
      return {
        kind: 'tick',
        chain: chain.name,
        block: head,
        answers: new Map(),
        logs: new Map(),
        headAge: now - headAt,
        pendingAge: now - pendingAt,
      }
    },
    tryForecast: async (on, forecast) =>
      (await node.forecast?.(on, forecast, watching.needs(on.hash))) ?? { ok: false, why: 'this node cannot try what governance may do' },
    save,
    states: () => head && watching.at(head.hash)?.states,
    settled: async () => {
      const waited = await node.settled?.()
      await heads.settled()
      await pending.settled()
      await responding.settled()
      return waited === true
    },
    stop: () => {
      heads.stop()
      pending.stop()
      responding.stop()
    },
    counts: () => {
      return { chain: chain.name, head: head?.number ?? 0n, ...pending.counts() }
    },
  }
}
