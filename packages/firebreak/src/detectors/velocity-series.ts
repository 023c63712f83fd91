// What a velocity is the velocity of: one number from a moment, and who made it.
import type { EventRef, LogProbe, Probe, Read } from '../model/call.ts'
import type { Scope } from '../model/detector.ts'
import type { Fault } from '../model/errors.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { BlockMoment, PendingMoment } from '../model/moment.ts'
import { readText } from './options.ts'
import type { At } from './options.ts'
import { blamed, wholeOf } from './reads.ts'
import type { Unreadable } from './reads.ts'

/** The arguments of an event, by name. */
export type Args = Readonly<Record<string, unknown>>

/** An event and which of its arguments is the amount. */
export interface Summed<args extends Args = Args> {
  readonly event: EventRef<args>
  readonly amount: keyof NoInfer<args> & string
}

export type SeriesOf<a extends Args = Args, b extends Args = Args> =
  /** How many transactions touch these contracts. */
  | { readonly transactions: readonly At[] }
  /** How many of these events there are. */
  | { readonly count: EventRef | readonly EventRef[] }
  /** Volume: what the events' amounts add up to. */
  | { readonly sum: Summed<a> }
  /** Order flow: what comes in less what goes out. */
  | { readonly in: Summed<a>; readonly out: Summed<b> }
  /** A level that can be read, such as utilisation, or how far it moves from one block to the next. */
  | { readonly read: Read<bigint>; readonly as?: 'level' | 'change' }

export type Seen =
  | { readonly ok: true; readonly value: number; readonly flows: readonly Flow[] }
  | { readonly ok: false; readonly unreadable: Unreadable }
  | undefined

/** What one transaction added. */
interface Flow {
  readonly tx: Hex
  readonly value: number
}

export interface Measured {
  readonly chains: readonly string[]
  readonly subjects: readonly Address[]
  readonly reads: readonly Probe[]
  readonly logs: readonly LogProbe[]
  /** A level holds until it changes; flows add up over the blocks of a sample. */
  readonly adds: boolean
  /** It may be below nothing; if not, a sum that is still growing can only be too much already, never too little. */
  readonly signed: boolean
  /** Their sizes differ by orders of magnitude. */
  readonly amounts: boolean
  readonly what: string
  readonly of: (moment: BlockMoment | PendingMoment) => Seen
}

const eventText = ({ chain, address, event }: EventRef): string => `${chain}:${address}.${event.name}`
const listOf = (one: EventRef | readonly EventRef[]): readonly EventRef[] => [one].flat()

export function seriesText(of: SeriesOf): string {
  if ('transactions' in of) return `transactions of ${of.transactions.map((one) => one.address).join(', ')}`
  if ('count' in of) return `count of ${listOf(of.count).map(eventText).join(', ')}`
  if ('sum' in of) return `sum of ${eventText(of.sum.event)}.${String(of.sum.amount)}`
  if ('in' in of) return `${eventText(of.in.event)}.${String(of.in.amount)} less ${eventText(of.out.event)}.${String(of.out.amount)}`
  return `${of.as ?? 'level'} of ${readText(of.read)}`
}

export function measured(scope: Scope, faults: Fault[], of: SeriesOf, decimals: number): Measured {
  const unit = 10 ** decimals
  if ('transactions' in of) {
    const subjects = of.transactions.map((one) => one.address)
    const value = (moment: BlockMoment | PendingMoment): Seen => {
      // One waiting transaction says nothing of how many there will be.
      if (moment.kind === 'pending') return undefined
      const flows = moment.touched.flatMap(({ tx, touches }) =>
        touches.some((one) => subjects.includes(one)) ? [{ tx: tx.hash, value: 1 }] : [],
      )
      return { ok: true, value: flows.length, flows }
    }
    const chains = of.transactions.map((one) => one.chain)
    return { chains, subjects, reads: [], logs: [], adds: true, signed: false, amounts: false, what: 'transactions', of: value }
  }
  if ('read' in of) {
    const probe = scope.read(of.read)
    const subjects = [of.read.to]
    const value = (moment: BlockMoment | PendingMoment): Seen => {
      if (!moment.answers.has(probe.key)) return undefined
      const decoded = probe.of(moment)
      const whole = decoded.ok ? wholeOf(decoded.value) : undefined
      if (whole === undefined)
        return { ok: false, unreadable: { label: probe.label, why: decoded.ok ? 'the answer is not a number' : decoded.why } }
      return { ok: true, value: Number(whole) / unit, flows: (blamed(moment, subjects) ?? []).map((tx) => ({ tx, value: 0 })) }
    }
    return {
      chains: [of.read.chain],
      subjects,
      reads: [probe],
      logs: [],
      adds: false,
      signed: true,
      amounts: of.as === 'change',
      what: probe.label,
      of: value,
    }
  }
  const parts = partsOf(faults, of).map((part) => ({ ...part, probe: scope.event(part.event) }))
  const value = (moment: BlockMoment | PendingMoment): Seen => {
    const flows = parts.flatMap(({ probe, amount, sign }) =>
      probe.of(moment).map(({ args, log }) => ({
        tx: log.tx,
        value: amount === undefined ? sign : (sign * Number(wholeOf(args[amount]) ?? 0n)) / unit,
      })),
    )
    return { ok: true, value: flows.reduce((sum, flow) => sum + flow.value, 0), flows }
  }
  return {
    chains: parts.map((part) => part.event.chain),
    subjects: [...new Set(parts.map((part) => part.event.address))],
    reads: [],
    logs: parts.map((part) => part.probe),
    adds: true,
    signed: 'in' in of,
    amounts: !('count' in of),
    what: parts.map((part) => part.event.event.name).join(' and '),
    of: value,
  }
}

interface SeriesPart {
  readonly event: EventRef
  readonly amount: string | undefined
  readonly sign: 1 | -1
}

function partsOf(faults: Fault[], of: Exclude<SeriesOf, { transactions: unknown } | { read: unknown }>): readonly SeriesPart[] {
  if ('count' in of) return listOf(of.count).map((event) => ({ event, amount: undefined, sign: 1 }))
  const parts: readonly (SeriesPart & { readonly path: string })[] =
    'sum' in of
      ? [{ event: of.sum.event, amount: of.sum.amount, sign: 1, path: 'of.sum.amount' }]
      : [
          { event: of.in.event, amount: of.in.amount, sign: 1, path: 'of.in.amount' },
          { event: of.out.event, amount: of.out.amount, sign: -1, path: 'of.out.amount' },
        ]
  for (const { event, amount, path } of parts) {
    const inputs = event.event.inputs
    if (inputs.some((input) => input.name === amount && /^u?int/.test(input.type))) continue
    const known = inputs.filter((input) => /^u?int\d*$/.test(input.type)).map((input) => input.name ?? '')
    faults.push({
      path,
      wrong: `${event.event.name} has no number called '${amount}'`,
      mend: known.length > 0 ? `write one of: ${known.join(', ')}` : 'choose an event with an amount',
    })
  }
  return parts
}

/** Who added most of it; those with less than a tenth of the largest are ordinary users. A crowd names nobody. */
export function movers(flows: readonly Flow[], side: 'up' | 'down' | 'both'): readonly Hex[] | undefined {
  const sums = new Map<Hex, number>()
  for (const { tx, value } of flows) sums.set(tx, (sums.get(tx) ?? 0) + value)
  const sized = [...sums].map(([tx, value]) => ({ tx, value: side === 'up' ? value : side === 'down' ? -value : Math.abs(value) }))
  const most = Math.max(0, ...sized.map((one) => one.value))
  const largest = sized.filter((one) => one.value * 10 >= most)
  return largest.length <= 8 ? largest.map((one) => one.tx) : undefined
}
