// Tries what governance may do as if its time had come: by its own function where only time is missing, otherwise by an understudy in the executor's place.
import { concatHex, encodeAbiParameters } from 'viem'
import type { BlockRef } from '../model/chain.ts'
import type { TrialCall } from '../model/decision.ts'
import type { Needs } from '../model/detector.ts'
import type { Forecast, ForecastCall, ForecastOutcome, Played } from '../model/forecast.ts'
import type { Address, Hex } from '../model/hex.ts'
import { sortLogs } from './codec/event-probe.ts'
import { safeText } from './codec/safe-text.ts'
import { nextBlock } from './next-block.ts'
import { drawnAddress, readerSender } from './reader/reader-address.ts'
import { parseSimulation } from './simulation-answer.ts'
import { simulateRequest } from './simulate.ts'
import { MalformedAnswer, RpcError, type Rpc } from './transport/rpc.ts'
import { understudyCode } from './understudy-code.ts'

/** Where the executor's own code lies while its understudy plays, and what tells the understudy to: drawn anew in each process. */
const original = drawnAddress()
const cue = concatHex([drawnAddress(), `0x${'00'.repeat(12)}`])

/** No transaction may ask for more on chains since the Fusaka upgrade. */
const mostGas = 16_777_216n

const callsType = [
  {
    type: 'tuple[]',
    components: [
      { type: 'address', name: 'target' },
      { type: 'uint256', name: 'value' },
      { type: 'bytes', name: 'data' },
      { type: 'bool', name: 'mayFail' },
    ],
  },
] as const

function understudyOf(): Hex {
  const placeholders = [
    ['11'.repeat(20), original.slice(2).toLowerCase()],
    ['22'.repeat(32), cue.slice(2)],
  ] as const
  return placeholders.reduce<Hex>((code, [stands, is]) => `0x${code.slice(2).replaceAll(stands, is)}`, understudyCode)
}

const played = (calls: readonly ForecastCall[]): Hex =>
  concatHex([
    cue,
    encodeAbiParameters(callsType, [calls.map((call) => ({ target: call.to, value: call.value, data: call.data, mayFail: call.mayFail }))]),
  ])

interface Setting {
  readonly base: BlockRef
  readonly from: Address
  readonly needs: Needs
  readonly rpc: Pick<Rpc, 'request'>
  readonly deploys: boolean
}

/** `code` gives what lies at an address; a proposer that is a contract cannot send, and somebody else plays the sender. */
export async function tryForecast(
  rpc: Pick<Rpc, 'request'>,
  on: BlockRef,
  forecast: Forecast,
  needs: Needs,
  {
    code,
    deploys,
  }: { readonly code: (addresses: readonly Address[]) => Promise<Readonly<Record<Address, Hex>>>; readonly deploys: boolean },
): Promise<ForecastOutcome> {
  try {
    const by = forecast.by ?? readerSender
    const codes = await code([...new Set([forecast.executor, by])])
    const seconds = forecast.time > on.timestamp ? forecast.time - on.timestamp : 1n
    const { feeRecipient, prevRandao, gasLimit } = nextBlock(on, 1)
    const base: BlockRef = { ...on, next: { seconds, feeRecipient, prevRandao, gasLimit } }
    const setting: Setting = { base, from: codes[by] === undefined ? by : readerSender, needs, rpc, deploys }
    const control = play(setting, undefined, {})
    const { direct } = forecast
    const real = direct && (await play(setting, direct, {}))
    if (real && real.fails === undefined) return { ok: true, block: on, way: 'direct', control: await control, played: real }
    const value = forecast.calls.reduce((sum, call) => sum + call.value, 0n)
    const lent = { [forecast.executor]: understudyOf(), [original]: codes[forecast.executor] ?? '0x' }
    const staged = await play(setting, { to: forecast.executor, value, data: played(forecast.calls) }, lent)
    return { ok: true, block: on, way: 'understudy', control: await control, played: staged }
  } catch (error) {
    return { ok: false, why: safeText(error instanceof Error ? error.message : String(error)) }
  }
}

/** One simulated block at the time when it can be executed. The sender is given coins: whoever executes will have them. */
async function play(
  { base, from, needs, rpc, deploys }: Setting,
  call: (Pick<TrialCall, 'data' | 'value'> & { readonly to: Address }) | undefined,
  code: Readonly<Record<Address, Hex>>,
): Promise<Played> {
  const gas = base.gasLimit < mostGas ? base.gasLimit : mostGas
  const steps: readonly (readonly TrialCall[])[] = [
    call ? [{ ...call, from, gas, maxFee: 2n * base.baseFee + 1n, maxTip: 0n, nonce: undefined }] : [],
  ]
  const { method, params } = simulateRequest(base, steps, needs.reads, { code, deploys, coins: from === readerSender ? [] : [from] })
  try {
    const simulation = parseSimulation(await rpc.request(method, params), steps, needs.reads, base.chain)
    if (!simulation.ok) throw new MalformedAnswer(base.chain, simulation.why)
    const [step] = simulation.steps
    const logs = step?.calls.flatMap((one) => one.logs) ?? []
    const failed = step?.calls.find((one) => !one.ok)
    return { answers: step?.answers ?? new Map(), logs: sortLogs(needs.logs, logs), fails: failed?.why }
  } catch (error) {
    // Refused as a whole, it could not be carried out; the reads are then unknown.
    if (call && error instanceof RpcError) return { answers: new Map(), logs: new Map(), fails: safeText(error.said) }
    throw error
  }
}
