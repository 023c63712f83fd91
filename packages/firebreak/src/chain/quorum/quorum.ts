// Several endpoints of one chain behind the one `Node`: what two operators say counts, and what they say of each other is told.
import type { BlockRef } from '../../model/chain.ts'
import type { Trial, TrialOutcome } from '../../model/decision.ts'
import type { Address, Hex } from '../../model/hex.ts'
import type { Mined, Node } from '../../stages.ts'
import { unknownBlock } from '../observe.ts'
import { asking, type QuorumOptions } from './asking.ts'
import { provenNode } from './proof/proven-node.ts'
import { receiptLists, sendToAll, sharedReceipt } from './effects.ts'
import { accounts, blocks, codes, forecastOutcomes, judgements, moments, outcomes, outcomesButGas, readings, traces } from './same.ts'
import type { Endpoint } from './standing.ts'
import { listenTo } from './listening.ts'
import type { Ruling } from './question.ts'

export type { Endpoint } from './standing.ts'

export function quorum(chain: string, endpoints: readonly Endpoint[], options: QuorumOptions): Node {
  const { onTrouble, later } = options
  const { standing, needed, ask, tell, onNews, settled } = asking(chain, endpoints, options)
  const proven = provenNode(chain, options.chainId, endpoints)

  const answered = <value>(ruling: Ruling<value> | undefined, what: string): value => {
    if (!ruling) throw new Error(`${chain}: no endpoint knows the block that ${what} is asked at`)
    return ruling.value
  }

  const simulates = (endpoint: Endpoint): boolean => endpoint.can.simulateV1
  const operatorsWho = (able: (endpoint: Endpoint) => boolean): number => new Set(endpoints.filter(able).map((one) => one.operator)).size

  const runOne = async (trial: Trial, probes: Parameters<Node['run']>[1]): Promise<TrialOutcome> => {
    const ruling = await ask<TrialOutcome>({
      asked: 'run',
      sparing: true,
      block: trial.base,
      able: simulates,
      ask: async (endpoint) => {
        const [outcome] = await endpoint.node.run([trial], probes)
        return outcome && (outcome.ok || !unknownBlock.test(outcome.why)) ? outcome : undefined
      },
      differ: outcomes,
      onSecondThought: () => tell({ kind: 'agreed', block: trial.base.hash }),
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
    onNews,
    settled,
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
        onSecondThought: (kind, moment) => tell(kind === 'confirmed' ? { kind, block: hash, moment } : { kind, block: hash }),
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
        onSecondThought: () => tell({ kind: 'agreed', block: on.hash }),
        prove: () => proven.judge(on, txs, needs),
      })
      const judged = answered(ruling, 'a waiting transaction')
      return ruling?.alone === undefined || 'refused' in judged ? judged : { ...judged, alone: ruling.alone }
    },
    forecast: async (on, forecast, needs) => {
      const ruling = await ask({
        asked: 'forecast',
        block: on,
        able: simulates,
        // Who could not try it has no say.
        ask: async (endpoint) => {
          const tried = await endpoint.node.forecast?.(on, forecast, needs)
          return tried?.ok ? tried : undefined
        },
        differ: forecastOutcomes,
      })
      if (!ruling) return { ok: false, why: 'no endpoint could try it' }
      return ruling.alone === undefined ? ruling.value : { ...ruling.value, alone: ruling.alone }
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
