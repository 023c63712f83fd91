// The question to the chain for one brake by one authority, and what its answer means. Pure: trials in, verdicts out.
import { coinsText } from '../base/coins.ts'
import { conditionHolds } from '../base/condition.ts'
import { restricts } from '../base/lever.ts'
import type { Authority, Brake } from '../model/brake.ts'
import type { Answers, EncodedCall, Probe } from '../model/call.ts'
import type { BlockRef } from '../model/chain.ts'
import type { StorageWords, Trial, TrialCall, TrialOutcome } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Rehearsal } from '../model/route.ts'
import { costOfPull, feeCeiling, gasLimitOf, spendable, unmeasuredGas } from './gas.ts'
import type { RouteReport, UndoVerdict, Verdict } from './report.ts'

/** How a brake would come about by an authority that is no key. */
export interface RouteWay {
  /** The key that sends and pays. */
  readonly sender: Address | undefined
  readonly pull: Rehearsal
  readonly takes: { readonly ms: number; readonly why: string }
  readonly findings: readonly string[]
}

export const wayOf = (seen: Pick<Seen, 'ways'>, brake: string, authority: string): RouteWay | undefined =>
  seen.ways.get(`${brake}|${authority}`)

/** Everything about the chain that a verdict follows from, besides the simulations. */
export interface Seen {
  readonly head: BlockRef
  readonly answers: Answers
  readonly code: Readonly<Record<Address, Hex>>
  readonly balances: ReadonlyMap<Address, bigint>
  /** Of authorities that are no key, by brake and authority. */
  readonly ways: ReadonlyMap<string, RouteWay>
  readonly reserve: bigint
}

/** What has to be read at the head, and after each step of a trial. */
export const probesOf = (brake: Brake): readonly Probe[] => [brake.holds.probe, ...(brake.lever ? [brake.lever.probe] : [])]

type Party = Pick<Authority, 'name' | 'address'>
interface Step {
  readonly calls: readonly EncodedCall[]
  readonly by: Party
  readonly gas?: readonly bigint[] | undefined
}

const leastGas = 21_000n
/** How the chain stage says that a call burned all that it was given. */
const usedUp = 'used up its gas'

/** Steps in blocks of their own, each by somebody's real account: nobody is lent coins, so gas is what the balance pays for. */
function trialOf(id: string, brake: string, seen: Seen, steps: readonly Step[], storage?: StorageWords): Trial | undefined {
  const maxFee = feeCeiling(seen.head, steps.length)
  let affordable = true
  const calls = steps.map(({ calls, by, gas }) =>
    calls.map((call, i): TrialCall => {
      const rest = steps.filter((step) => step.by.address === by.address).reduce((sum, step) => sum + step.calls.length, 0)
      const share = (seen.balances.get(by.address) ?? 0n) / maxFee / BigInt(rest)
      const wanted = gas?.[i] ?? unmeasuredGas
      const limit = wanted < share ? wanted : share
      if (limit < leastGas) affordable = false
      return { from: by.address, to: call.to, data: call.data, value: 0n, gas: limit, maxFee, maxTip: 0n, nonce: undefined }
    }),
  )
  return affordable
    ? { id, base: seen.head, brakes: [brake], form: id, steps: calls, code: {}, ...(storage ? { storage } : {}) }
    : undefined
}

const holdsNow = (brake: Brake, seen: Seen): boolean => conditionHolds(brake.holds, seen.answers) === true

/** The first trial: the brake alone. Where it holds already: released by its own undo, then pulled again. */
export function pullTrial(brake: Brake, by: Party, seen: Seen): Trial | undefined {
  const way = wayOf(seen, brake.name, by.name)
  if (way) {
    // Once people have agreed, what they agreed on is used up: releasing and pulling again cannot be tried in one go.
    if (!way.pull.ok || way.sender === undefined || holdsNow(brake, seen)) return undefined
    const outer = { calls: way.pull.calls, by: { name: by.name, address: way.sender } }
    return trialOf(`pull ${brake.name} by ${by.name}`, brake.name, seen, [outer], way.pull.storage)
  }
  const pull = { calls: brake.calls, by }
  if (!holdsNow(brake, seen)) return trialOf(`pull ${brake.name} by ${by.name}`, brake.name, seen, [pull])
  return brake.undo.length === 0
    ? undefined
    : trialOf(`release and pull ${brake.name} by ${by.name}`, brake.name, seen, [{ calls: brake.undo, by }, pull])
}

/** The second trial: the brake from its authority, then its undo by `releaser`. Where it holds already, the undo alone. */
export function undoTrial(brake: Brake, by: Party, releaser: Party, limits: readonly bigint[], seen: Seen): Trial | undefined {
  if (brake.undo.length === 0) return undefined
  const release = { calls: brake.undo, by: releaser }
  const steps = holdsNow(brake, seen) ? [release] : [{ calls: brake.calls, by, gas: limits }, release]
  return trialOf(`release ${brake.name} by ${releaser.name}`, brake.name, seen, steps)
}

/** The answer to `pullTrial`. */
export function routeReport(brake: Brake, by: Party, outcome: TrialOutcome | undefined, seen: Seen): RouteReport {
  const way = wayOf(seen, brake.name, by.name)
  const step = outcome?.ok ? outcome.steps.at(-1) : undefined
  const gasUsed = step?.calls.every((call) => call.ok) ? step.calls.map((call) => call.gasUsed) : []
  const gasLimits = gasUsed.map(gasLimitOf)
  const sends = { ...by, address: way?.sender ?? by.address }
  const verdict = faultBefore(brake, seen) ?? faultOfWay(brake, way, seen) ?? verdictOf(brake, sends, outcome, gasLimits, seen)
  return {
    authority: by.name,
    verdict,
    gasUsed,
    gasLimits,
    undo:
      brake.undo.length === 0
        ? undefined
        : {
            kind: 'untried',
            why: way ? 'whoever agrees to the pull has to agree to the release, too' : 'the brake itself was not brought about',
          },
    ...(way ? { takes: way.takes, findings: way.findings } : {}),
  }
}

/** What keeps an authority that is no key from being simulated at all. */
function faultOfWay(brake: Brake, way: RouteWay | undefined, seen: Seen): Verdict | undefined {
  if (!way) return undefined
  if (!way.pull.ok) return fails('notSimulated', way.pull.why)
  if (holdsNow(brake, seen))
    return { kind: 'holdsAlready', proven: false, why: 'pulling it again takes another agreement, and could not be tried' }
  return undefined
}

const fails = (failure: Extract<Verdict, { kind: 'fails' }>['failure'], why: string): Verdict => ({ kind: 'fails', failure, why })

/** What is wrong before anything is simulated. */
function faultBefore(brake: Brake, seen: Seen): Verdict | undefined {
  const empty = [...brake.calls.map((call) => call.to), brake.holds.probe.to].find((address) => seen.code[address] === undefined)
  if (empty !== undefined) return fails('noCode', `there is no contract at ${empty}: is this the right address, on the right chain?`)
  for (const probe of probesOf(brake)) {
    const read = probe.of(seen.answers)
    if (!read.ok) return fails('unreadable', `${probe.label} gives no answer that fits the ABI: ${read.why}`)
  }
  return undefined
}

function verdictOf(brake: Brake, by: Party, outcome: TrialOutcome | undefined, limits: readonly bigint[], seen: Seen): Verdict {
  if (holdsNow(brake, seen)) return verdictWhenHolding(brake, outcome)
  const balance = seen.balances.get(by.address) ?? 0n
  const money = spendable(balance, seen.reserve)
  if (!outcome) return fails('noGas', `${by.address} has ${coinsText(balance)}, not enough for a single transaction`)
  if (!outcome.ok) return fails('notSimulated', `the node did not simulate it: ${outcome.why}`)
  const [step] = outcome.steps
  const broken = step?.calls.findIndex((call) => !call.ok) ?? -1
  const call = step?.calls[broken]
  if (call?.why === usedUp && balance < unmeasuredGas * feeCeiling(seen.head, 1) * BigInt(brake.calls.length))
    return fails('noGas', `${by.address} has ${coinsText(balance)}, and the call needs more gas than that pays for`)
  if (!step || call) return fails('reverts', `${labelOf(brake, by, broken, seen)} from ${by.address}: ${call?.why ?? 'no answer'}`)
  const loosened = leverFault(brake, seen.answers, step)
  if (loosened) return loosened
  if (conditionHolds(brake.holds, step) !== true)
    return fails('doesNotHold', `its call succeeds, and then ${brake.holds.probe.label} is ${shown(brake, step)}`)
  const needed = costOfPull(limits, seen.head)
  if (money < needed)
    return fails(
      'noGas',
      `${by.address} has ${coinsText(balance)}, of which ${coinsText(seen.reserve)} is kept back (bounds.keepGas): one pull needs ${coinsText(needed)}`,
    )
  return { kind: 'works' }
}

function labelOf(brake: Brake, by: Party, index: number, seen: Seen): string {
  const way = wayOf(seen, brake.name, by.name)
  return (way?.pull.ok ? way.pull.calls[index] : brake.calls[index])?.label ?? 'its call'
}

function verdictWhenHolding(brake: Brake, outcome: TrialOutcome | undefined): Verdict {
  const unproven = (why: string): Verdict => ({ kind: 'holdsAlready', proven: false, why })
  if (brake.undo.length === 0) return unproven('it declares no undo, so that pulling it again could not be tried')
  if (!outcome?.ok) return unproven(`pulling it again could not be tried: ${outcome ? outcome.why : 'its signer has no gas'}`)
  const [released, pulled] = outcome.steps
  if (!released?.calls.every((call) => call.ok) || conditionHolds(brake.holds, released) !== false)
    return unproven('its own key cannot release it, so that pulling it again could not be tried')
  if (!pulled?.calls.every((call) => call.ok))
    return fails(
      'reverts',
      `it holds, but once released it could not be pulled again: ${pulled?.calls.find((call) => !call.ok)?.why ?? 'no answer'}`,
    )
  if (conditionHolds(brake.holds, pulled) !== true)
    return fails('doesNotHold', `it holds, but pulled again after a release ${brake.holds.probe.label} is ${shown(brake, pulled)}`)
  return { kind: 'holdsAlready', proven: true, why: 'released and pulled again in simulation' }
}

function leverFault(brake: Brake, before: Answers, after: Answers): Verdict | undefined {
  if (!brake.lever) return undefined
  const [was, is] = [brake.lever.probe.of(before), brake.lever.probe.of(after)]
  if (!was.ok || !is.ok) return fails('unreadable', `${brake.lever.probe.label} cannot be read after the call: ${is.ok ? '' : is.why}`)
  if (restricts(brake.lever, was.value, is.value)) return undefined
  const limit = is.value === brake.lever.unlimited ? ', which means no limit at all' : ''
  return fails(
    'loosens',
    `it would loosen: ${brake.lever.probe.label} goes from ${was.value} to ${is.value}${limit}, where ${brake.lever.restrictsWhen} restricts`,
  )
}

function shown(brake: Brake, at: Answers): string {
  const read = brake.holds.probe.of(at)
  return read.ok ? String(read.value) : `unreadable: ${read.why}`
}

/** The answer to `undoTrial`. */
export function undoVerdict(brake: Brake, outcome: TrialOutcome | undefined): UndoVerdict {
  if (!outcome) return { kind: 'untried', why: 'its signer has no gas for it' }
  if (!outcome.ok) return { kind: 'untried', why: outcome.why }
  const step = outcome.steps.at(-1)
  const broken = step?.calls.findIndex((call) => !call.ok) ?? -1
  if (!step || broken >= 0)
    return { kind: 'fails', why: `${brake.undo[broken]?.label ?? 'its call'}: ${step?.calls[broken]?.why ?? 'no answer'}` }
  if (conditionHolds(brake.holds, step) !== false)
    return { kind: 'fails', why: `its call succeeds, and ${brake.holds.probe.label} is still ${shown(brake, step)}` }
  return { kind: 'works', gasLimits: step.calls.map((call) => gasLimitOf(call.gasUsed)) }
}
