// Several endpoints of one chain behind the one `Node`: what two operators say counts, and what they say of each other is told.
import type { BlockRef } from '../../model/chain.ts'
import type { Trial, TrialOutcome } from '../../model/decision.ts'
import type { EndpointNews, SecondThought } from '../../model/endpoint.ts'
import type { Address, Hex } from '../../model/hex.ts'
import type { Agreement } from '../../model/plan.ts'
import type { Mined, Node } from '../../stages.ts'
import { unknownBlock } from '../observe.ts'
import { provenNode } from './proof/proven-node.ts'
import { receiptLists, sendToAll, sharedReceipt } from './effects.ts'
import { race, type Ask, type Referee, type Ruling } from './race.ts'
import { accounts, blocks, codes, judgements, moments, outcomes, outcomesButGas, readings, traces } from './same.ts'
import { standings, type Endpoint } from './standing.ts'
import { listenTo } from './listening.ts'

export type { Endpoint } from './standing.ts'

export interface QuorumOptions {
  readonly agreement: Agreement
  readonly chainId: number
  /** Could not be reached so far: what they can do, and which chain they serve, is not known. */
  readonly away?: readonly Endpoint[]
  readonly onTrouble: (what: string) => void
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Runs once; gives the way to call it off. */
  readonly later: (ms: number, run: () => void) => () => void
}

/** Operators that have to give the same answer. */
const enough = 2
const probeMs = 5_000
/** The same disagreement about one block is told once. */
const mostTold = 1_000

type Question<value> = Pick<Ask<value>, 'ask' | 'differ'> &
  Partial<Pick<Ask<value>, 'prove' | 'differFromProof' | 'merge' | 'onSecondThought'>> & {
    readonly asked: string
    readonly block: { readonly number?: bigint | undefined; readonly hash?: Hex | undefined }
    readonly strict?: boolean
    readonly able?: (endpoint: Endpoint) => boolean
  }

export function quorum(chain: string, endpoints: readonly Endpoint[], options: QuorumOptions): Node {
  const { now, later, onTrouble } = options
  const needed = Math.min(enough, new Set(endpoints.map((one) => one.operator)).size)
  const listeners = new Set<(news: EndpointNews | SecondThought) => void>()
  const early: (EndpointNews | SecondThought)[] = []
  const told = new Set<string>()

  const tell = (news: EndpointNews | SecondThought): void => {
    if (listeners.size === 0) early.push(news)
    for (const listener of listeners) listener(news)
    if (news.kind === 'aside')
      onTrouble(`${chain}: the endpoint ${news.endpoint} is set aside for ${Math.round(news.forMs / 1_000)} s: ${news.why}`)
    if (news.kind === 'back') onTrouble(`${chain}: the endpoint ${news.endpoint} answers again and is heard`)
  }

  const standing = standings(endpoints, {
    later,
    tell,
    probe: async (endpoint) => {
      // It may never have been reached before: another chain there would be told apart by nothing else.
      if (Number(await withTimeout(endpoint.rpc.request('eth_chainId', []))) !== options.chainId) return false
      const { number } = await withTimeout(endpoint.node.head())
      const others = endpoints.filter((one) => one !== endpoint && standing.active(one))
      const heads = await Promise.allSettled(others.map((one) => withTimeout(one.node.head())))
      const newest = heads.reduce((most, one) => (one.status === 'fulfilled' && one.value.number > most ? one.value.number : most), 0n)
      return number + 2n >= newest
    },
  })

  for (const endpoint of options.away ?? []) standing.away(endpoint)

  const withTimeout = <value>(promise: Promise<value>): Promise<value> =>
    new Promise((resolve, reject) => {
      const stop = later(probeMs, () => reject(new Error('it does not answer')))
      promise.then(resolve, reject).finally(stop)
    })

  let turn: Promise<unknown> = Promise.resolve()
  const referee: Referee = {
    standings: standing,
    needed,
    aloneAfterMs: options.agreement.aloneAfterMs,
    now,
    later,
    inTurn: (still, prove) => {
      const mine = turn.catch(() => undefined).then(() => (still() ? prove() : undefined))
      turn = mine
      return mine
    },
  }
  const proven = provenNode(chain, options.chainId, endpoints)

  /** Everybody who is able to answer; where that leaves too few, those that were set aside for failing, too. */
  const among = (able: (endpoint: Endpoint) => boolean): readonly Endpoint[] => {
    const can = endpoints.filter((one) => able(one))
    const present = (can.length > 0 ? can : endpoints).filter((one) => standing.usable(one))
    const active = present.filter((one) => standing.active(one))
    if (new Set(active.map((one) => one.operator)).size >= needed) return active
    return present.length > 0 ? present : endpoints
  }

  const ask = <value>({
    asked,
    block,
    strict = true,
    able = () => true,
    ...question
  }: Question<value>): Promise<Ruling<value> | undefined> =>
    race<value>(
      {
        ...question,
        about: block.hash ?? String(block.number ?? 'latest'),
        among: among(able),
        strict,
        onDispute: (dispute) => {
          const key = `${asked}|${block.hash ?? block.number}|${dispute.sides.map((side) => side.operators.join('+')).join('|')}`
          if (told.has(key)) return
          told.add(key)
          for (const old of told) {
            if (told.size <= mostTold) break
            told.delete(old)
          }
          tell({ kind: 'disagreement', asked, block: { number: block.number, hash: block.hash }, ...dispute })
        },
      },
      referee,
    )

  const answered = <value>(ruling: Ruling<value> | undefined, what: string): value => {
    if (!ruling) throw new Error(`${chain}: no endpoint knows the block that ${what} is asked at`)
    return ruling.value
  }

  const simulates = (endpoint: Endpoint): boolean => endpoint.can.simulateV1
  const operatorsWho = (able: (endpoint: Endpoint) => boolean): number => new Set(endpoints.filter(able).map((one) => one.operator)).size

  const runOne = async (trial: Trial, probes: Parameters<Node['run']>[1]): Promise<TrialOutcome> => {
    const ruling = await ask<TrialOutcome>({
      asked: 'run',
      block: trial.base,
      able: simulates,
      ask: async (endpoint) => {
        const [outcome] = await endpoint.node.run([trial], probes)
        return outcome && (outcome.ok || !unknownBlock.test(outcome.why)) ? outcome : undefined
      },
      differ: outcomes,
      differFromProof: outcomesButGas,
      prove: async () => (await proven.run([trial], probes))[0],
    }).catch((error: unknown) => ({ value: { ok: false as const, why: textOf(error) }, alone: 'nobody' }))
    if (!ruling) return { ok: false, why: 'no endpoint knows the block', alone: 'nobody' }
    return ruling.alone === undefined ? ruling.value : { ...ruling.value, alone: ruling.alone }
  }

  const listening = listenTo(chain, endpoints, { standing, onTrouble, later })

  return {
    chain,
    can: {
      trace: operatorsWho((one) => one.can.traceCall) >= needed,
      pendingBodies: endpoints.some((one) => one.node.can.pendingBodies),
      pendingPool: endpoints.some((one) => one.node.can.pendingPool),
      subscribe: endpoints.some((one) => one.node.can.subscribe),
    },
    onNews: (listener) => {
      listeners.add(listener)
      for (const news of early.splice(0)) listener(news)
    },
    ...listening,
    head: async () =>
      answered(
        await ask<BlockRef>({
          asked: 'head',
          block: {},
          strict: false,
          ask: (endpoint) => endpoint.node.head(),
          differ: blocks,
          // Whoever is behind the others does not say which block is the newest.
          merge: (heads) => heads.reduce((newest, one) => (one.number > newest.number ? one : newest)),
        }),
        'the head',
      ),
    header: async (at) => {
      const byHash = typeof at === 'string'
      const ruling = await ask<BlockRef>({
        asked: 'header',
        block: byHash ? { hash: at } : { number: at },
        // Of a number two branches may have a block: nobody lies by knowing another one.
        strict: byHash,
        ask: (endpoint) => endpoint.node.header(at),
        differ: blocks,
        ...(byHash ? { prove: () => proven.header(at) } : {}),
      })
      return ruling?.value
    },
    observe: async (hash, needs, watched) => {
      const ruling = await ask({
        asked: 'observe',
        block: { hash },
        ask: (endpoint) => endpoint.node.observe(hash, needs, watched),
        differ: moments,
        prove: () => proven.observe(hash, needs, watched),
        onSecondThought: (kind) => tell({ kind, block: hash }),
      })
      return ruling && (ruling.alone === undefined ? ruling.value : { ...ruling.value, alone: ruling.alone })
    },
    trace: async (tx, on) => {
      const ruling = await ask({
        asked: 'trace',
        block: on,
        strict: false,
        able: (endpoint) => endpoint.can.traceCall,
        ask: (endpoint) => endpoint.node.trace(tx, on),
        differ: traces,
      })
      // By one word nothing is passed over: it is simulated in full instead, where the answers can be proven.
      if (!ruling || ruling.alone !== undefined) throw new Error('no two operators agree on what it touches')
      return ruling.value
    },
    judge: async (on, txs, needs) => {
      const ruling = await ask({
        asked: 'judge',
        block: on,
        able: simulates,
        ask: async (endpoint) => {
          const judged = await endpoint.node.judge(on, txs, needs)
          return 'refused' in judged && unknownBlock.test(judged.refused) ? undefined : judged
        },
        differ: judgements,
        prove: () => proven.judge(on, txs, needs),
      })
      const judged = answered(ruling, 'a waiting transaction')
      return ruling?.alone === undefined || 'refused' in judged ? judged : { ...judged, alone: ruling.alone }
    },
    account: async (address, at) =>
      answered(
        await ask({
          asked: 'account',
          block: at === 'latest' ? {} : { hash: at },
          strict: at !== 'latest',
          ask: (endpoint) => knowing(() => endpoint.node.account(address, at)),
          differ: accounts,
          ...(at === 'latest' ? {} : { prove: () => proven.account(address, at) }),
        }),
        'an account',
      ),
    code: async (addresses: readonly Address[], at: Hex) =>
      answered(
        await ask({
          asked: 'code',
          block: { hash: at },
          ask: (endpoint) => knowing(() => endpoint.node.code(addresses, at)),
          differ: codes,
          prove: () => proven.code(addresses, at),
        }),
        'code',
      ),
    run: (trials, probes) => Promise.all(trials.map((trial) => runOne(trial, probes))),
    read: async (at, probes) => {
      const ruling = await ask({
        asked: 'read',
        block: { hash: at },
        ask: (endpoint) => knowing(() => endpoint.node.read(at, probes)),
        differ: readings,
        prove: () => proven.read(at, probes),
      })
      if (ruling?.alone !== undefined) onTrouble(`${chain}: reads at ${at.slice(0, 10)} rest on the word of ${ruling.alone} alone`)
      return answered(ruling, 'a read')
    },
    send: (raw) => sendToAll(endpoints, raw),
    receipts: async (hashes) =>
      answered(
        await ask<readonly (Mined | undefined)[]>({
          asked: 'receipts',
          block: {},
          strict: false,
          ask: (endpoint) => endpoint.node.receipts(hashes),
          differ: receiptLists,
          merge: (lists) =>
            hashes.map((_, i) =>
              sharedReceipt(
                lists.map((list) => list[i]),
                needed,
              ),
            ),
        }),
        'receipts',
      ),
    close: async () => {
      standing.close()
      await Promise.allSettled(endpoints.map((one) => one.node.close()))
    },
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** An endpoint that is behind does not know the block, and that is no fault. */
async function knowing<value>(asked: () => Promise<value>): Promise<value | undefined> {
  try {
    return await asked()
  } catch (error) {
    if (unknownBlock.test(textOf(error))) return undefined
    throw error
  }
}
