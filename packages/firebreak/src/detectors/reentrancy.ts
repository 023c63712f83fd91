// The `reentrancy` watch: a contract that is called again, or asked, while it is halfway through something, by way of a stranger.
import { toFunctionSelector, toFunctionSignature } from 'viem'
import type { Abi } from 'abitype'
import type { CallFrame } from '../model/chain.ts'
import type { Fault } from '../model/errors.ts'
import type { Detector, Finding, Scope, Watch } from '../model/detector.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { BlockMoment, Moment } from '../model/moment.ts'
import { oneChain } from './options.ts'
import type { At } from './options.ts'
import { reentriesIn } from './reentries.ts'
import type { Reentry, Surroundings } from './reentries.ts'

/** A contract, with its ABI where there is one: it says which functions only look, and what they are called. */
export type Entered = At & { readonly abi?: Abi }

export interface ReentrancyOptions {
  readonly into: readonly Entered[]
  /** Contracts that are no strangers, and functions that are meant to be called from a callback: 'repay(address,uint256)'. */
  readonly except?: readonly (At | string)[]
  /** These contracts are never meant to be entered again: then it opens an incident by itself. */
  readonly verdict?: boolean
}

/** What each kind says by itself; most of it happens in honest transactions as well. */
const likelihoods = { invited: 0.1, readByStranger: 0.1, cross: 0.3, same: 0.5, throughToken: 0.6, readByKnown: 0.5 } as const
/** The plan says that it never happens in honest ones. */
const asVerdict = 0.9
const untracedLikelihood = 0.2

interface State {
  readonly untraced: boolean
}

/**
 * Speaks when one of `into` is entered again while it is on the stack.
 * @example
 * reenter: reentrancy({ into: [pool] })
 */
export function reentrancy(options: ReentrancyOptions): Watch {
  const except = options.except ?? []
  return {
    kind: 'reentrancy',
    options: {
      into: options.into.map((one) => one.address),
      except: except.map((one) => (typeof one === 'string' ? one : one.address)),
      verdict: options.verdict ?? false,
    },
    build: (scope) => build(scope, options),
  }
}

function build(scope: Scope, options: ReentrancyOptions): Detector<State> | readonly Fault[] {
  const faults: Fault[] = []
  const except = options.except ?? []
  const contracts = except.filter((one) => typeof one !== 'string')
  const chain = oneChain(
    faults,
    'into',
    [...options.into, ...contracts].map((one) => one.chain),
  )
  const allowed = new Set<Hex>()
  except.forEach((one, i) => {
    if (typeof one !== 'string') return
    const selector = selectorOf(one)
    if (selector) allowed.add(selector)
    else
      faults.push({
        path: `except[${i}]`,
        wrong: `'${one}' is not a function with its types`,
        mend: "write its name and the types of its arguments: 'repay(address,uint256)'",
      })
  })
  if (faults.length > 0) return faults

  const into: readonly Address[] = [...new Set(options.into.map((one) => one.address))]
  const tokens = into.filter((address) => scope.asset(address) !== undefined)
  const needs = { reads: [], logs: [], frames: into }
  const functions = functionsOf(options.into)
  const trusted = new Set(contracts.map((one) => one.address))
  const around: Surroundings = {
    into: new Set(into),
    // What the plan names is part of the protocol, or trusted by it.
    isForeign: (address) => !into.includes(address) && !trusted.has(address) && scope.nameOf(address) === address,
    isView: (contract, selector) => functions.get(contract)?.get(selector)?.looks ?? false,
    mayBeEntered: (selector) => allowed.has(selector),
  }
  const nameOf = (contract: Address, selector: Hex): string => {
    const name = functions.get(contract)?.get(selector)?.name
    return name ? `${name}()` : selector
  }

  function judge(frames: readonly CallFrame[], tx: Hex): Finding | undefined {
    const all = reentriesIn(frames, around)
    const [first, ...others] = all.filter((one) => !(one.kind === 'readByStranger' && one.invited))
    if (!first) return undefined
    const worst = others.reduce((most, one) => (likelihoodOf(one) > likelihoodOf(most) ? one : most), first)
    return said(worst, all.length, tx)
  }

  function said(one: Reentry, times: number, tx: Hex): Finding {
    const verdict = options.verdict === true && !one.invited && one.kind !== 'readByStranger'
    const entered = `${scope.nameOf(one.contract)}.${nameOf(one.contract, one.entered)}`
    const during = `${one.busy === one.contract ? '' : `${scope.nameOf(one.busy)}.`}${nameOf(one.busy, one.during)}`
    const by = `${scope.nameOf(one.through)}${one.callback ? ` (${one.callback.name})` : ''}`
    const what = one.kind === 'readByKnown' || one.kind === 'readByStranger' ? 'was asked' : 'was entered'
    return {
      subjects: [...new Set([one.contract, one.busy])],
      likelihood: verdict ? asVerdict : likelihoodOf(one),
      weight: verdict ? 'verdict' : 'evidence',
      summary: `${entered} ${what} while ${during} was under way, by way of ${by}${one.invited ? ', as a loan or swap allows' : ''}`,
      evidence: {
        kind: one.kind,
        contract: one.contract,
        busy: one.busy,
        entered: one.entered,
        during: one.during,
        through: one.through,
        callback: one.callback?.name ?? 'none',
        invited: one.invited,
        times,
      },
      loss: [],
      culprits: [tx],
    }
  }

  function inBlock(state: State, moment: BlockMoment): { readonly state: State; readonly findings: readonly Finding[] } {
    const touching = moment.touched.filter((one) => one.touches.some((address) => into.includes(address)))
    if (touching.length === 0) return { state, findings: [] }
    const findings = touching.flatMap((one) => (one.frames && judge(one.frames, one.tx.hash)) ?? [])
    const blind = touching.filter((one) => !one.frames).map((one) => one.tx.hash)
    if (blind.length === 0) return { state: state.untraced ? { untraced: false } : state, findings }
    return { state: { untraced: true }, findings: state.untraced ? findings : [...findings, untraced(blind)] }
  }

  function untraced(blind: readonly Hex[]): Finding {
    return {
      subjects: into,
      likelihood: untracedLikelihood,
      weight: 'evidence',
      summary: 'traces are missing on this endpoint: re-entrancy is not watched in its blocks',
      evidence: { transactions: blind.length },
      loss: [],
      culprits: [],
    }
  }

  function step(state: State, moment: Moment): { readonly state: State; readonly findings: readonly Finding[] } {
    switch (moment.kind) {
      case 'tick':
        return { state, findings: [] }
      case 'block':
        return inBlock(state, moment)
      case 'pending': {
        const finding = moment.reverted ? undefined : judge(moment.frames, moment.tx.hash)
        return { state, findings: finding ? [finding] : [] }
      }
    }
    return moment satisfies never
  }

  return {
    kind: 'reentrancy',
    chain,
    subjects: into,
    ...(tokens.length > 0 ? { tokens } : {}),
    start: { untraced: false },
    needs: () => needs,
    step,
  }
}

function likelihoodOf({ kind, invited, callback }: Reentry): number {
  if (invited) return likelihoods.invited
  return kind === 'same' && callback?.kind === 'token' ? likelihoods.throughToken : likelihoods[kind]
}

function selectorOf(signature: string): Hex | undefined {
  if (!/^\w+\(.*\)$/.test(signature)) return undefined
  try {
    return toFunctionSelector(signature)
  } catch {
    return undefined
  }
}

type Functions = ReadonlyMap<Hex, { readonly name: string; readonly looks: boolean }>

function functionsOf(contracts: readonly Entered[]): ReadonlyMap<Address, Functions> {
  return new Map(
    contracts.map(({ address, abi }) => [
      address,
      new Map(
        (abi ?? []).flatMap((item) =>
          item.type === 'function'
            ? [
                [
                  toFunctionSelector(toFunctionSignature(item)),
                  { name: item.name, looks: item.stateMutability === 'view' || item.stateMutability === 'pure' },
                ] as const,
              ]
            : [],
        ),
      ),
    ]),
  )
}
