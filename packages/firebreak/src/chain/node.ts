// One endpoint as a `Node`: what the rest of Firebreak asks of a chain, in as few requests as it takes.
import type { Answers } from '../model/call.ts'
import type { Transaction } from '../model/chain.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Node, Sent } from '../stages.ts'
import { sortLogs } from './codec/event-probe.ts'
import { observeBlock } from './observe.ts'
import { tryForecast } from './forecast.ts'
import { fields, parseHeader, parseReceipt, parseTrace, parseTransaction, quantity } from './parse.ts'
import { decodeReadsAtBlock, readsAtBlock } from './reader/reader.ts'
import { asTrialCall, judgeRequest, parseJudgement, runTrials, traceRequest } from './simulate.ts'
import type { Capabilities } from './transport/capabilities.ts'
import { MalformedAnswer, resultOf, RpcError, type Rpc } from './transport/rpc.ts'

const pollMs = 1_000
/** On the way to a brake a silent answer is not waited for: it is asked again, on a new connection where half of it came. */
const hurryMs = 2_500

export interface NodeOptions {
  /** One of several: what it could not be asked is thrown, so that it is not taken for its answer. */
  readonly oneOfSeveral?: boolean
  readonly onTrouble: (what: string) => void
  readonly setInterval: (run: () => void, ms: number) => () => void
}

export function nodeOf(chain: string, rpc: Rpc, can: Capabilities, options: NodeOptions): Node {
  const stops: (() => void)[] = []

  const poll = (listener: (hash: Hex) => void): void => {
    let last: Hex | undefined
    stops.push(
      options.setInterval(() => {
        rpc.request('eth_getBlockByNumber', ['latest', false]).then(
          (block) => {
            const { hash } = parseHeader(block, chain)
            if (hash !== last) listener(hash)
            last = hash
          },
          (error: unknown) => options.onTrouble(`the head could not be asked: ${error instanceof Error ? error.message : String(error)}`),
        )
      }, pollMs),
    )
  }

  const toTransaction = (value: unknown, listener: (tx: Transaction) => void): void => {
    try {
      listener(parseTransaction(value, chain))
    } catch (error) {
      options.onTrouble(error instanceof Error ? error.message : String(error))
    }
  }

  const fetchTransaction = (hash: string, listener: (tx: Transaction) => void): void => {
    rpc.request('eth_getTransactionByHash', [hash]).then(
      (value) => value !== null && toTransaction(value, listener),
      (error: unknown) =>
        options.onTrouble(`a waiting transaction could not be read: ${error instanceof Error ? error.message : String(error)}`),
    )
  }

  /** Without subscriptions a filter is asked again and again; one that the node has forgotten is made anew, and the pool read once. */
  const pollPending = (listener: (tx: Transaction) => void): void => {
    let filter: unknown
    let asking = false
    const ask = async (): Promise<void> => {
      if (filter === undefined) {
        filter = await rpc.request('eth_newPendingTransactionFilter', [])
        for (const tx of await waiting()) listener(tx)
      }
      const hashes = await rpc.request('eth_getFilterChanges', [filter])
      if (!Array.isArray(hashes)) throw new MalformedAnswer(chain, 'waiting transactions are not a list')
      for (const hash of hashes) if (typeof hash === 'string') fetchTransaction(hash, listener)
    }
    stops.push(
      options.setInterval(() => {
        if (asking) return
        asking = true
        ask()
          .catch((error: unknown) => {
            filter = undefined
            options.onTrouble(`waiting transactions could not be asked for: ${error instanceof Error ? error.message : String(error)}`)
          })
          .finally(() => (asking = false))
      }, pollMs),
    )
  }

  const waiting = async (): Promise<readonly Transaction[]> => {
    if (!can.txpoolContent) return []
    const content = fields(await rpc.request('txpool_content', []), chain, 'the pool')
    return ['pending', 'queued'].flatMap((part) =>
      Object.values(fields(content[part] ?? {}, chain, 'the pool')).flatMap((queue) =>
        Object.values(fields(queue, chain, 'a queue')).map((tx) => parseTransaction(tx, chain)),
      ),
    )
  }

  const codeOf = async (addresses: readonly Address[], at: Hex): Promise<Readonly<Record<Address, Hex>>> => {
    const codes = await rpc.batch(addresses.map((address) => ({ method: 'eth_getCode', params: [address, { blockHash: at }] })))
    const found: Record<Address, Hex> = {}
    addresses.forEach((address, i) => {
      const code = resultOf(codes[i])
      if (typeof code === 'string' && code.length > 2) found[address] = code as Hex
    })
    return found
  }

  return {
    chain,
    can: {
      trace: can.traceCall,
      pendingBodies: can.subscribePendingFull,
      pendingPool: can.txpoolContent,
      subscribe: rpc.subscribe !== undefined && can.subscribeHeads,
    },
    onHead: async (listener) => {
      if (!rpc.subscribe || !can.subscribeHeads) return poll(listener)
      // A subscription that falls silent is caught by asking as well; asking is cheap.
      poll(listener)
      await rpc.subscribe(['newHeads'], (head) => {
        try {
          listener(parseHeader(head, chain).hash)
        } catch (error) {
          options.onTrouble(error instanceof Error ? error.message : String(error))
        }
      })
    },
    onPending: async (listener) => {
      if (!can.pendingHashes) return
      if (!rpc.subscribe) return pollPending(listener)
      stops.push(
        rpc.onState((state) => {
          // Nobody tells what came to the pool while we were away.
          if (state === 'up')
            waiting().then(
              (txs) => txs.forEach(listener),
              (error: unknown) =>
                options.onTrouble(`the pool could not be read: ${error instanceof Error ? error.message : String(error)}`),
            )
        }),
      )
      await rpc.subscribe(can.subscribePendingFull ? ['newPendingTransactions', true] : ['newPendingTransactions'], (body) => {
        if (typeof body === 'string') fetchTransaction(body, listener)
        else toTransaction(body, listener)
      })
    },
    head: async () => parseHeader(await rpc.request('eth_getBlockByNumber', ['latest', false]), chain),
    header: async (at) => {
      const block =
        typeof at === 'bigint'
          ? await rpc.request('eth_getBlockByNumber', [`0x${at.toString(16)}`, false])
          : await rpc.request('eth_getBlockByHash', [at, false])
      return block === null ? undefined : parseHeader(block, chain)
    },
    observe: (hash, needs, watched) =>
      observeBlock(rpc, chain, { hash, needs, watched, traces: can.traceCall, onTrouble: options.onTrouble }),
    waiting,
    trace: async (tx, on) => {
      const { method, params } = traceRequest(on, tx)
      return parseTrace(await rpc.request(method, params, { timeoutMs: hurryMs }), chain)
    },
    judge: async (on, txs, needs) => {
      const calls = txs.map((tx) => ({ ...asTrialCall(tx), nonce: undefined }))
      const { method, params } = judgeRequest(on, calls, needs.reads, { deploys: can.simulateDeploys })
      let answer: unknown
      try {
        answer = await rpc.request(method, params, { timeoutMs: hurryMs })
      } catch (error) {
        // A node that refuses the whole simulation says that these could not be in the next block.
        if (error instanceof RpcError) return { refused: error.said }
        throw error
      }
      const judgement = parseJudgement(answer, calls, needs.reads, { label: chain, hashes: txs.map((tx) => tx.hash) })
      if (!judgement.ok) throw new MalformedAnswer(chain, judgement.why)
      const allLogs = judgement.calls.flatMap((call) => call.logs)
      return { answers: judgement.answers, logs: sortLogs(needs.logs, allLogs), allLogs, reverted: judgement.reverted }
    },
    account: async (address, at) => {
      const where = at === 'latest' ? at : { blockHash: at }
      const [nonce, balance] = await rpc.batch([
        { method: 'eth_getTransactionCount', params: [address, where] },
        { method: 'eth_getBalance', params: [address, where] },
      ])
      return { nonce: quantity(resultOf(nonce), chain, 'a nonce'), balance: quantity(resultOf(balance), chain, 'a balance') }
    },
    code: codeOf,
    forecast: (on, forecast, needs) =>
      tryForecast(rpc, on, forecast, needs, { code: (addresses) => codeOf(addresses, on.hash), deploys: can.simulateDeploys }),
    run: (trials, probes) =>
      runTrials(rpc, trials, probes, { deploys: can.simulateDeploys, timeoutMs: hurryMs, lostThrows: options.oneOfSeveral ?? false }),
    read: async (at, probes): Promise<Answers> => {
      if (probes.length === 0) return { answers: new Map() }
      const read = await rpc.batch(readsAtBlock(probes, at))
      return { answers: decodeReadsAtBlock(probes, read.map(resultOf), chain) }
    },
    send: (raw) => send(rpc, raw),
    receipts: async (hashes) => {
      const answers = await rpc.batch(hashes.map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] })))
      return hashes.map((_, i) => parseReceipt(resultOf(answers[i]), chain))
    },
    close: async () => {
      for (const stop of stops) stop()
      await rpc.close()
    },
  }
}

async function send(rpc: Rpc, raw: Hex): Promise<Sent> {
  try {
    await rpc.request('eth_sendRawTransaction', [raw])
    return { kind: 'sent' }
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    // The node has these very bytes: that is what we wanted.
    if (/already known|already imported|known transaction/i.test(error.said)) return { kind: 'known' }
    return { kind: 'refused', why: error.said, retry: !/nonce too low/i.test(error.said) }
  }
}
