// The `flashLoan` watch: money that was borrowed and given back within one transaction. Evidence only: most flash loans are honest.
import type { AbiEvent } from 'abitype'
import type { Fault } from '../model/errors.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Moment, PendingMoment } from '../model/moment.ts'
import { likelihood as checkedLikelihood, oneChain } from './options.ts'
import type { At } from './options.ts'

export interface FlashLoanOptions {
  /** The pairs or lenders that lend. */
  readonly on: readonly At[]
  readonly kind: 'uniswap-v2' | 'erc3156'
  /** Default 0.2: it supports what other watches say. */
  readonly likelihood?: number
}

/** Calls that only a flash loan makes: by the lender to the borrower, and by the borrower to the lender. */
const selectors = {
  'uniswap-v2': { callback: '0x10d1e85c', loan: undefined },
  erc3156: { callback: '0x23e30c8b', loan: '0x5cffe9de' },
} as const

const swap: AbiEvent = {
  type: 'event',
  name: 'Swap',
  inputs: [
    { name: 'sender', type: 'address', indexed: true },
    { name: 'amount0In', type: 'uint256' },
    { name: 'amount1In', type: 'uint256' },
    { name: 'amount0Out', type: 'uint256' },
    { name: 'amount1Out', type: 'uint256' },
    { name: 'to', type: 'address', indexed: true },
  ],
}

/**
 * Speaks when a transaction borrows from one of `on` and gives it back.
 * @example
 * flash: flashLoan({ on: [pair], kind: 'uniswap-v2' })
 */
export function flashLoan(options: FlashLoanOptions): Watch {
  return {
    kind: 'flashLoan',
    options: { on: options.on.map((one) => one.address), kind: options.kind, likelihood: options.likelihood ?? 0.2 },
    build: (scope) => build(scope, options),
  }
}

function build(scope: Scope, options: FlashLoanOptions): Detector<null> | readonly Fault[] {
  const faults: Fault[] = []
  const likelihood = checkedLikelihood(faults, 'likelihood', options.likelihood ?? 0.2)
  const chain = oneChain(
    faults,
    'on',
    options.on.map((one) => one.chain),
  )
  const wanted: string = options.kind
  if (!Object.hasOwn(selectors, wanted)) {
    faults.push({
      path: 'kind',
      wrong: `'${wanted}' is not a kind of flash loan that is known`,
      mend: `write one of: ${Object.keys(selectors).join(', ')}`,
    })
  }
  if (faults.length > 0) return faults

  const lenders = new Set<Address>(options.on.map((one) => one.address))
  const { callback, loan } = selectors[options.kind]
  const swaps =
    options.kind === 'uniswap-v2' ? [...lenders].map((address) => scope.event({ kind: 'event', chain, address, event: swap })) : []
  const needs = { reads: [], logs: swaps }

  function finding(lender: Address, tx: Hex, subjects: readonly Address[], seen: string): Finding {
    return {
      subjects,
      likelihood,
      weight: 'evidence',
      summary: `a flash loan from ${scope.nameOf(lender)}`,
      evidence: { lender, seen },
      loss: [],
      culprits: [tx],
    }
  }

  function fromFrames(moment: PendingMoment, subjects: readonly Address[]): Finding | undefined {
    for (const frame of moment.frames) {
      if (frame.failed) continue
      if (frame.selector === callback && lenders.has(frame.from)) return finding(frame.from, moment.tx.hash, subjects, 'call')
      if (loan && frame.selector === loan && frame.to && lenders.has(frame.to)) return finding(frame.to, moment.tx.hash, subjects, 'call')
    }
    return undefined
  }

  /** A swap that takes in what it gives out has lent it. */
  function fromLogs(moment: Moment, subjectsOf: (tx: Hex) => readonly Address[]): readonly Finding[] {
    const borrowed = new Map<Hex, Address>()
    for (const probe of swaps) {
      for (const { args, log } of probe.of(moment)) {
        if (both(args['amount0In'], args['amount0Out']) || both(args['amount1In'], args['amount1Out'])) borrowed.set(log.tx, probe.address)
      }
    }
    return [...borrowed].map(([tx, lender]) => finding(lender, tx, subjectsOf(tx), 'swap'))
  }

  function step(state: null, moment: Moment): { state: null; findings: readonly Finding[] } {
    if (moment.kind === 'tick') return { state, findings: [] }
    // The lender is no subject: two attackers may borrow from the same pair.
    const others = (touches: readonly Address[]): readonly Address[] => touches.filter((address) => !lenders.has(address))
    if (moment.kind === 'block')
      return { state, findings: fromLogs(moment, (tx) => others(moment.touched.find((one) => one.tx.hash === tx)?.touches ?? [])) }
    if (moment.reverted) return { state, findings: [] }
    const subjects = others(moment.touches)
    const framed = fromFrames(moment, subjects)
    return { state, findings: framed ? [framed] : fromLogs(moment, () => subjects) }
  }

  // No subjects: a flash loan that touches nothing of the plan's is no reason to simulate anything.
  return { kind: 'flashLoan', chain, subjects: [], start: null, needs: () => needs, step }
}

const both = (a: unknown, b: unknown): boolean => typeof a === 'bigint' && typeof b === 'bigint' && a > 0n && b > 0n
