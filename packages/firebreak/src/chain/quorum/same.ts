// Whether two endpoints said the same: compared part by part, which costs less than a digest and says where they differ.
import { extrasOf } from '../../base/extras.ts'
import type { Answers } from '../../model/call.ts'
import type { Answer, BlockRef, CallFrame, Log, Transaction } from '../../model/chain.ts'
import type { TrialOutcome } from '../../model/decision.ts'
import type { ForecastOutcome, Played } from '../../model/forecast.ts'
import type { Hex } from '../../model/hex.ts'
import type { BlockMoment, Touched } from '../../model/moment.ts'
import type { Judgement, Trace } from '../../stages.ts'

/** The first thing in which two values differ, as each says it; undefined when they are the same. */
export type Difference = readonly [string, string] | undefined

type Compare<value> = (a: value, b: value) => Difference

const shortened = (text: string): string => (text.length > 90 ? `${text.slice(0, 87)}…` : text)
const said = (what: string, a: unknown, b: unknown): Difference => [shortened(`${what} ${String(a)}`), shortened(`${what} ${String(b)}`)]

const ofBlock = ['hash', 'number', 'parent', 'timestamp', 'baseFee', 'gasLimit', 'gasUsed', 'feeRecipient', 'prevRandao'] as const

export const blocks: Compare<BlockRef> = (a, b) => {
  const name = ofBlock.find((one) => a[one] !== b[one])
  return name && said(name, a[name], b[name])
}

/** A read that failed is compared by its revert data: that is the contract's own. */
const answers: Compare<ReadonlyMap<string, Answer>> = (a, b) => {
  for (const [key, mine] of a) {
    const theirs = b.get(key)
    if (theirs?.ok !== mine.ok || theirs.data !== mine.data) return said(key, answerText(mine), answerText(theirs))
  }
  return a.size === b.size ? undefined : said('reads', a.size, b.size)
}

const answerText = (answer: Answer | undefined): string => (answer ? `${answer.ok ? '' : 'fails with '}${answer.data}` : 'nothing')

const sameLog = (a: Log, b: Log): boolean =>
  a.address === b.address &&
  a.data === b.data &&
  a.tx === b.tx &&
  a.topics.length === b.topics.length &&
  a.topics.every((topic, i) => topic === b.topics[i])

const logText = (log: Log | undefined): string => (log ? `${log.address} ${log.topics[0]?.slice(0, 10) ?? ''} ${log.data}` : 'is not there')

const logLists: Compare<readonly Log[]> = (a, b) => {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [mine, theirs] = [a[i], b[i]]
    if (!mine || !theirs || !sameLog(mine, theirs)) return said(`log ${i + 1}`, logText(mine), logText(theirs))
  }
  return undefined
}

const logs: Compare<ReadonlyMap<string, readonly Log[]>> = (a, b) => {
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const difference = logLists(a.get(key) ?? [], b.get(key) ?? [])
    if (difference) return difference
  }
  return undefined
}

const ofTransaction = ['hash', 'from', 'to', 'nonce', 'data', 'value', 'gas'] as const

/** Fees of a mined transaction are told by some nodes as it was signed and by others as it was paid. */
const transactions: Compare<Transaction> = (a, b) => {
  const name = ofTransaction.find((one) => a[one] !== b[one])
  if (name) return said(`${name} of a transaction`, a[name], b[name])
  const [mine, theirs] = [rest(a), rest(b)]
  return mine === theirs ? undefined : said('the rest of a transaction', mine, theirs)
}

/** What it brings along, and who signed it; nodes write the parity of a signature in several ways. */
const rest = (tx: Transaction): string =>
  JSON.stringify([
    extrasOf(tx) ?? null,
    tx.signature && [tx.signature.r, tx.signature.s].map((part) => part.replace(/^0x0*/, '')),
  ]).toLowerCase()

const lists =
  <value>(what: string, compare: Compare<value>): Compare<readonly value[]> =>
  (a, b) => {
    if (a.length !== b.length) return said(what, a.length, b.length)
    for (const [i, mine] of a.entries()) {
      const theirs = b[i]
      const difference = theirs === undefined ? said(what, 'there', 'missing') : compare(mine, theirs)
      if (difference) return difference
    }
    return undefined
  }

const touched: Compare<Touched> = (a, b) =>
  transactions(a.tx, b.tx) ??
  lists('transactions of its sender', transactions)(a.queue, b.queue) ??
  (sameSet(a.touches, b.touches) ? undefined : said(`touched by ${a.tx.hash.slice(0, 10)}:`, a.touches, b.touches)) ??
  // A node without a call tracer says nothing about it.
  (a.frames && b.frames ? frames(a.frames, b.frames) : undefined)

const sameSet = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((one) => b.includes(one))

/** Nodes differ in whether they list precompiles; nothing of a plan is at such an address. */
const isOrdinary = ({ to }: CallFrame): boolean => to === undefined || BigInt(to) > 0xffffn

const frames: Compare<readonly CallFrame[]> = (a, b) =>
  lists<CallFrame>('calls', (mine, theirs) =>
    mine.to === theirs.to &&
    mine.from === theirs.from &&
    mine.kind === theirs.kind &&
    mine.selector === theirs.selector &&
    mine.failed === theirs.failed
      ? undefined
      : said(
          'a call',
          `${mine.kind} ${mine.from} → ${mine.to} ${mine.selector}`,
          `${theirs.kind} ${theirs.from} → ${theirs.to} ${theirs.selector}`,
        ),
  )(a.filter(isOrdinary), b.filter(isOrdinary))

export const moments: Compare<BlockMoment> = (a, b) =>
  blocks(a.block, b.block) ??
  answers(a.answers, b.answers) ??
  logs(a.logs, b.logs) ??
  lists('transactions that touch the plan', touched)(a.touched, b.touched)

type Judged = Judgement | { readonly refused: string }

/** Why it was refused each node words in its own way. */
export const judgements: Compare<Judged> = (a, b) => {
  if ('refused' in a || 'refused' in b) return 'refused' in a && 'refused' in b ? undefined : [judgedText(a), judgedText(b)]
  if (a.reverted !== b.reverted) return said('reverted', a.reverted, b.reverted)
  return answers(a.answers, b.answers) ?? logLists(a.allLogs, b.allLogs)
}

const judgedText = (judged: Judged): string => shortened('refused' in judged ? `refused: ${judged.refused}` : 'it can be included')

export const traces: Compare<Trace> = (a, b) => frames(a.frames, b.frames) ?? logLists(a.logs, b.logs)

/** `gas`: whether the gas has to be the same to the last unit. What we work out ourselves need not be. */
const outcomesBy =
  (gas: boolean): Compare<TrialOutcome> =>
  (a, b) => {
    if (!a.ok || !b.ok) return a.ok === b.ok ? undefined : [outcomeText(a), outcomeText(b)]
    return lists<(typeof a.steps)[number]>(
      'blocks',
      (mine, theirs) =>
        answers(mine.answers, theirs.answers) ??
        lists<(typeof mine.calls)[number]>('calls', (one, other) => {
          if (one.ok !== other.ok)
            return said('a call', one.ok ? 'succeeds' : `fails: ${one.why}`, other.ok ? 'succeeds' : `fails: ${other.why}`)
          return gas && one.gasUsed !== other.gasUsed ? said('gas', one.gasUsed, other.gasUsed) : undefined
        })(mine.calls, theirs.calls),
    )(a.steps, b.steps)
  }

export const outcomes = outcomesBy(true)
export const outcomesButGas = outcomesBy(false)

const outcomeText = (outcome: TrialOutcome): string =>
  shortened(outcome.ok ? 'can be carried out' : `cannot be carried out: ${outcome.why}`)

export const readings: Compare<Answers> = (a, b) => answers(a.answers, b.answers)

export const accounts: Compare<{ readonly nonce: bigint; readonly balance: bigint }> = (a, b) =>
  a.nonce !== b.nonce ? said('nonce', a.nonce, b.nonce) : a.balance !== b.balance ? said('balance', a.balance, b.balance) : undefined

export const codes: Compare<Readonly<Record<string, Hex>>> = (a, b) => {
  const address = [...new Set([...Object.keys(a), ...Object.keys(b)])].find((one) => a[one] !== b[one])
  return address === undefined ? undefined : said(`code of ${address}`, a[address] ?? 'nothing', b[address] ?? 'nothing')
}

const plays: Compare<Played> = (a, b) => {
  if ((a.fails === undefined) !== (b.fails === undefined)) return said('the calls', a.fails ?? 'work', b.fails ?? 'work')
  return answers(a.answers, b.answers) ?? logs(a.logs, b.logs)
}

/** The same calls at the same time, and the same time without them. */
export const forecastOutcomes: Compare<ForecastOutcome> = (a, b) => {
  if (!a.ok || !b.ok) return undefined
  if (a.way !== b.way) return said('executed', a.way, b.way)
  return plays(a.control, b.control) ?? plays(a.played, b.played)
}
