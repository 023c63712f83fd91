// Two real mainnet blocks, re-executed on a local chain: each of their transactions is judged as one that waits, by detectors that need no protocol of their own.
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { approvals, asset, definePlan, env, evm, fixed, flashLoan, outflow, reentrancy } from '../../packages/firebreak/src/index.ts'
import { balanceProbe } from '../../packages/firebreak/src/chain/codec/balance-read.ts'
import { encodeRead } from '../../packages/firebreak/src/chain/codec/encode-read.ts'
import { encodeWrite } from '../../packages/firebreak/src/chain/codec/encode-write.ts'
import { encodeEvent } from '../../packages/firebreak/src/chain/codec/event-probe.ts'
import { nodeOf } from '../../packages/firebreak/src/chain/node.ts'
import { fields, parseTransaction } from '../../packages/firebreak/src/chain/parse.ts'
import { probe } from '../../packages/firebreak/src/chain/transport/capabilities.ts'
import { connect } from '../../packages/firebreak/src/chain/transport/connect.ts'
import { startAnvil } from '../../packages/firebreak/src/local-chain/anvil.ts'
import type { Transaction } from '../../packages/firebreak/src/model/chain.ts'
import type { Address } from '../../packages/firebreak/src/model/hex.ts'
import type { PendingMoment } from '../../packages/firebreak/src/model/moment.ts'
import type { ResolvedPlan } from '../../packages/firebreak/src/model/plan.ts'
import { resolvePlan } from '../../packages/firebreak/src/plan/resolve.ts'
import type { Node, Trace } from '../../packages/firebreak/src/stages.ts'
import { print, tallied } from './tally.ts'
import type { Counts } from './tally.ts'

const transferTopic = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
const swapTopic = '0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822'
const transferFrom = '0x23b872dd'
/** A plan wants an ABI; nothing is called by it here. */
const anyAbi = [{ type: 'function', name: 'name', stateMutability: 'view', inputs: [], outputs: [{ type: 'string' }] }] as const
/** The busiest are enough; a plan has a handful. */
const mostTokens = 100
const mostContracts = 200
const mostHolders = 60
const memoryCapMb = 3_000

export async function mainnet(folder: string, why: boolean): Promise<void> {
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.block.json.gz'))
    .sort())
    await block(folder, file.slice(0, -'.block.json.gz'.length), why)
}

const unpacked = (path: string): Buffer => gunzipSync(readFileSync(path))

async function block(folder: string, number: string, why: boolean): Promise<void> {
  const given: unknown = JSON.parse(unpacked(join(folder, `${number}.block.json.gz`)).toString('utf8'))
  const raw = fields(given, number, 'a block')
  const list = raw['transactions']
  if (!Array.isArray(list)) throw new Error(`${number} has no transactions`)
  const txs = list.map((one) => parseTransaction(one, number))
  const scratch = await mkdtemp(join(tmpdir(), 'firebreak-base-rates-'))
  const genesis = join(scratch, 'genesis.json')
  await writeFile(genesis, unpacked(join(folder, `${number}.genesis.json.gz`)))
  const anvil = await startAnvil({
    chainId: 1,
    hardfork: 'london',
    noMining: true,
    orderFees: false,
    memoryCapMb,
    gasLimit: BigInt(String(raw['gasLimit'])),
    extraArgs: ['--init', genesis, '--number', String(Number(number) - 1), '--auto-impersonate'],
  })
  const rpc = connect(anvil.ipcPath, 'mainnet')
  const node = nodeOf('mainnet', rpc, await probe(rpc), { onTrouble: () => {}, setInterval: () => () => {} })
  try {
    await judgeAll(node, txs, number, why)
  } finally {
    await node.close()
    await anvil.stop()
    await rm(scratch, { recursive: true, force: true })
  }
}

async function judgeAll(node: Node, txs: readonly Transaction[], number: string, why: boolean): Promise<void> {
  const on = await node.head()
  const traces = new Map<Transaction, Trace>()
  for (const tx of txs) {
    const trace = await node.trace(tx, on).catch(() => undefined)
    if (trace) traces.set(tx, trace)
  }
  const plan = planOf([...traces.values()])
  const { detector, counts } = tallied(plan)
  const blind = withoutTrees(plan)
  const lonely = alone([...traces.values()])
  const watched = new Set(detector.subjects)
  let state = detector.start
  const past = await node.observe(on.hash, detector.needs(state), watched)
  if (past) state = detector.step(state, past).state
  // The state before the block is what the detectors start from, not something to judge.
  for (const count of counts) Object.assign(count, { moments: 0, verdicts: 0, evidence: 0 }, count.said.splice(0))
  let [judged, reverted, refused] = [0, 0, 0]
  for (const [i, tx] of txs.entries()) {
    const trace = traces.get(tx)
    // Coins that are sent from one account to another tell nothing about detectors.
    if (trace?.frames.length === 1 && trace.logs.length === 0) continue
    const queue = txs.slice(0, i).filter((one) => one.from === tx.from)
    const judgement = await node.judge(on, [...queue, tx], detector.needs(state))
    if ('refused' in judgement) {
      refused++
      continue
    }
    if (judgement.reverted) reverted++
    judged++
    const touches = new Set<Address>()
    for (const address of [tx.to, ...(trace?.frames ?? []).map((frame) => frame.to), ...judgement.allLogs.map((log) => log.address)])
      if (address && watched.has(address)) touches.add(address)
    const { answers, logs } = judgement
    const moment: PendingMoment = {
      kind: 'pending',
      chain: 'mainnet',
      block: on,
      tx,
      queue,
      includable: { ok: true },
      reverted: judgement.reverted,
      frames: trace?.frames ?? [],
      touches: [...touches],
      answers,
      logs,
    }
    detector.step(state, moment)
    blind.see(moment)
    lonely.see(moment)
  }
  const left = `${judged} judged, ${reverted} of them reverted on the state before the block, ${refused} refused`
  print(
    `mainnet block ${number}: ${txs.length} transactions; of those that do more than send coins ${left}`,
    [...counts, blind.counts, ...lonely.counts],
    why,
  )
  console.log(
    'not run: health, backing, sharePrice, oracle, invariant and privileges need a protocol of their own, whose state the block does not hold; velocity needs more blocks than one to learn from',
  )
}

/** Re-entrancy asks who is a stranger to a plan, so each contract gets a plan of its own; only transactions that touch it count. */
function alone(traces: readonly Trace[]): { readonly counts: readonly Counts[]; readonly see: (moment: PendingMoment) => void } {
  const chain = evm('mainnet', { id: 1, rpc: env('NODE') })
  const plans = calledIn(traces).map((address, i) => {
    const contract = chain.at(address, anyAbi)
    const watch = { [`reentrancy ${i}`]: reentrancy({ into: [contract] }) }
    const definition = definePlan({ name: 'alone', contracts: { contract }, watch, authorities: {}, brakes: {}, respond: () => [] })
    return { address, ...tallied(resolvePlan(definition, { encodeRead, encodeWrite, encodeEvent, balanceProbe }).plan) }
  })
  return {
    counts: plans.flatMap((one) => one.counts),
    see: (moment) => {
      const to = new Set(moment.frames.map((frame) => frame.to))
      for (const { address, detector } of plans) if (to.has(address)) detector.step(detector.start, { ...moment, touches: [address] })
    },
  }
}

/** The same approvals on a node that gives no call trees, as if it had learned long enough to say more than evidence. */
function withoutTrees({ watches, ...plan }: ResolvedPlan): { readonly counts: Counts; readonly see: (moment: PendingMoment) => void } {
  const { detector, counts } = tallied({ ...plan, watches: watches.filter((one) => one.name === 'approvals') })
  const [first] = counts
  const [start] = detector.start
  if (!first || typeof start !== 'object') throw new Error('there are no approvals')
  const state = [{ ...start, learned: Number.MAX_SAFE_INTEGER }]
  return {
    counts: Object.assign(first, { watch: 'approvals, no call trees' }),
    see: (moment) => void detector.step(state, { ...moment, frames: [] }),
  }
}

function ranked<key>(all: readonly key[], most: number): readonly key[] {
  const counts = new Map<key, number>()
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, most)
    .map(([one]) => one)
}

const calledIn = (traces: readonly Trace[]): readonly Address[] =>
  ranked(
    traces.flatMap(({ frames }) =>
      frames.flatMap((frame) => (frame.kind === 'call' && frame.to && frame.selector.length === 10 ? [frame.to] : [])),
    ),
    mostContracts,
  )

/** A plan over everything that the block's transactions touched most: its tokens, spenders, pairs, contracts and holders. */
function planOf(traces: readonly Trace[]): ResolvedPlan {
  const chain = evm('mainnet', { id: 1, rpc: env('NODE') })
  const at = (address: Address) => chain.at(address, anyAbi)
  const logs = traces.flatMap((trace) => trace.logs)
  const frames = traces.flatMap((trace) => trace.frames)
  const transfers = logs.filter((log) => log.topics[0] === transferTopic && log.topics.length === 3 && log.data.length === 66)
  const tokens = ranked(
    transfers.map((log) => log.address),
    mostTokens,
  )
  const known = new Set(tokens)
  const pulls = frames.filter((frame) => frame.selector === transferFrom && frame.to && known.has(frame.to))
  const spenders = ranked(
    pulls.map((frame) => frame.from),
    mostContracts,
  )
  const pairs = ranked(
    logs.filter((log) => log.topics[0] === swapTopic).map((log) => log.address),
    mostContracts,
  )
  const called = calledIn(traces)
  const contracts = new Map(called.map((one) => [one.toLowerCase(), one]))
  const held = ranked(
    transfers.flatMap((log) => {
      const holder = contracts.get(`0x${String(log.topics[1]).slice(26)}`)
      return holder && known.has(log.address) ? [`${log.address} ${holder}`] : []
    }),
    mostHolders,
  ).map((text) => text.split(' ') as [Address, Address])
  const names = new Map(tokens.map((one, i) => [one, `token${i}`]))
  const holdersOf = (token: Address) => held.flatMap(([of, holder]) => (of === token ? [at(holder)] : []))
  const all = [...new Set([...tokens, ...spenders, ...pairs, ...called])]
  const assets = Object.fromEntries(
    tokens.flatMap((token) => {
      const [first, ...others] = holdersOf(token)
      // The units are not known here; shares do not need them.
      return first
        ? [[names.get(token) ?? '', asset({ token: at(token), decimals: 18, price: fixed('$1'), heldBy: [first, ...others] })]]
        : []
    }),
  )
  const drains = Object.fromEntries(
    held.map(([token, holder], i) => [
      `outflow ${i}`,
      outflow({ from: at(holder), asset: { address: token }, window: '10m', above: '20%' }),
    ]),
  )
  const definition = definePlan({
    name: 'mainnet',
    contracts: Object.fromEntries(all.map((address, i) => [`contract${i}`, at(address)])),
    assets,
    watch: {
      approvals: approvals({ tokens: tokens.map(at), routers: spenders.map(at) }),
      flashLoan: flashLoan({ on: pairs.map(at), kind: 'uniswap-v2' }),
      ...drains,
    },
    authorities: {},
    brakes: {},
    respond: () => [],
  })
  return resolvePlan(definition, { encodeRead, encodeWrite, encodeEvent, balanceProbe }).plan
}
