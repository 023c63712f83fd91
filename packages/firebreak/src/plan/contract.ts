// A contract in a plan: an address with its ABI, whose functions and events become typed descriptions of reads and writes.
import type { Abi, AbiEvent, AbiFunction, AbiParameter, AbiParameterToPrimitiveType, AbiParametersToPrimitiveTypes } from 'abitype'
import { getAbiItem } from 'viem/utils'
import type { EventRef, Read, Write } from '../model/call.ts'
import type { Address, Hex } from '../model/hex.ts'
import { checksummed } from './address.ts'
import type { ChainDescription } from './chain-description.ts'
import { suggest } from './nearest.ts'

type ReadName<f> = f extends { type: 'function'; name: infer n extends string; stateMutability: 'view' | 'pure' } ? n : never
type WriteName<f> = f extends { type: 'function'; name: infer n extends string; stateMutability: 'nonpayable' | 'payable' } ? n : never
type EventName<e> = e extends { type: 'event'; name: infer n extends string } ? n : never
type Named<f, n extends string> = f extends { type: 'function'; name: n } ? f : never
type Out<o extends readonly AbiParameter[]> = o extends readonly [infer one extends AbiParameter]
  ? AbiParametersToPrimitiveTypes<readonly [one], 'outputs'>[0]
  : AbiParametersToPrimitiveTypes<o, 'outputs'>
/** A union of functions as one overloaded function. */
type Overloads<u> = (u extends u ? (x: u) => void : never) extends (x: infer i) => void ? i : never
type ReadFn<f> = Overloads<
  f extends AbiFunction ? (...args: AbiParametersToPrimitiveTypes<f['inputs'], 'inputs'>) => Read<Out<f['outputs']>> : never
>
type WriteFn<f> = Overloads<f extends AbiFunction ? (...args: AbiParametersToPrimitiveTypes<f['inputs'], 'inputs'>) => Write : never>

/** What the decoder gives of an event: its arguments by name; an indexed one without a fixed size is only known by its hash. */
type EventArgs<inputs extends readonly AbiParameter[]> = {
  readonly [p in inputs[number] as p extends { name: infer n extends string } ? n : never]: p extends { indexed: true; type: Hashed }
    ? Hex
    : AbiParameterToPrimitiveType<p, 'outputs'>
}
type Hashed = 'string' | 'bytes' | `${string}]` | `tuple${string}`
type EventNamed<e, n extends string> = e extends { type: 'event'; name: n; inputs: infer inputs extends readonly AbiParameter[] }
  ? EventArgs<inputs>
  : never

/** What every contract has, whatever its ABI. */
export interface AnyContract {
  readonly kind: 'contract'
  readonly chain: string
  readonly home: ChainDescription
  readonly address: Address
  readonly abi: Abi
}

/** `pool.read.totalAssets()`, `pool.write.pause()` and `pool.event('Deposit')` describe; nothing here asks a node. */
export interface Contract<abi extends Abi, chain extends string = string> extends AnyContract {
  readonly chain: chain
  readonly abi: abi
  readonly read: { readonly [n in ReadName<abi[number]>]: ReadFn<Named<abi[number], n>> }
  readonly write: { readonly [n in WriteName<abi[number]>]: WriteFn<Named<abi[number], n>> }
  readonly event: <n extends EventName<abi[number]>>(name: n) => EventRef<EventNamed<abi[number], n>>
}

/** What is wrong with a description that types did not stop (plain JavaScript, a cast): reported where it is used, with all other faults. */
export interface Flaw {
  readonly wrong: string
  readonly mend: string
}

type Describe<d> = (fn: AbiFunction, args: readonly unknown[], flaw?: Flaw) => d

function isReading(fn: AbiFunction): boolean {
  return fn.stateMutability === 'view' || fn.stateMutability === 'pure'
}

/** The overload that the arguments fit; never throws. */
function overload(
  candidates: readonly AbiFunction[],
  args: readonly unknown[],
): { readonly fn: AbiFunction; readonly flaw?: Flaw } | undefined {
  const first = candidates[0]
  if (!first) return undefined
  const fitting = candidates.filter((fn) => fn.inputs.length === args.length)
  if (fitting.length === 1 && fitting[0]) return { fn: fitting[0] }
  if (fitting.length > 1) {
    try {
      const found = getAbiItem({ abi: fitting, name: first.name, args })
      const fn = fitting.find((candidate) => candidate === found)
      if (fn) return { fn }
    } catch {
      // Ambiguous: falls through to the flaw below.
    }
    return {
      fn: first,
      flaw: {
        wrong: `the arguments fit no single overload of '${first.name}'`,
        mend: `give arguments of one of: ${candidates.map(signature).join('; ')}`,
      },
    }
  }
  return {
    fn: first,
    flaw: {
      wrong: `'${first.name}' was given ${args.length} argument${args.length === 1 ? '' : 's'}`,
      mend: `call it as ${candidates.map(signature).join(' or ')}`,
    },
  }
}

function signature(fn: AbiFunction): string {
  return `${fn.name}(${fn.inputs.map((input) => (input.name ? `${input.type} ${input.name}` : input.type)).join(', ')})`
}

/** Functions by name; a name that does not exist gives a flawed description instead of a stack trace. */
function functions<d>(
  abi: Abi,
  wanted: (fn: AbiFunction) => boolean,
  what: 'read' | 'write',
  describe: Describe<d>,
): Record<string, (...args: readonly unknown[]) => d> {
  const groups = new Map<string, AbiFunction[]>()
  for (const item of abi) {
    if (item.type !== 'function' || !wanted(item)) continue
    groups.set(item.name, [...(groups.get(item.name) ?? []), item])
  }
  const known: Record<string, (...args: readonly unknown[]) => d> = {}
  for (const [name, candidates] of groups) {
    known[name] = (...args) => {
      const found = overload(candidates, args)
      return found ? describe(found.fn, args, found.flaw) : missing(name)(...args)
    }
  }
  const missing =
    (name: string) =>
    (...args: readonly unknown[]) => {
      const fn: AbiFunction = { type: 'function', name, inputs: [], outputs: [], stateMutability: what === 'read' ? 'view' : 'nonpayable' }
      return describe(fn, args, {
        wrong: `the ABI has no ${what} function '${name}'`,
        mend: suggest(name, [...groups.keys()], 'check the ABI'),
      })
    }
  return new Proxy(known, {
    get: (target, name) =>
      typeof name === 'string' && name !== 'then' && name !== 'toJSON'
        ? Object.hasOwn(target, name)
          ? target[name]
          : missing(name)
        : undefined,
  })
}

/** Attaches a flaw to a description, for the resolver to report. */
export interface Flawed {
  readonly flaw?: Flaw
}

/** Describes a contract; `chain.at(address, abi)` is how a plan says it. */
export function contractAt<const abi extends Abi, chain extends string>(
  home: ChainDescription<chain>,
  address: Address,
  abi: abi,
): Contract<abi, chain> {
  const at = checksummed(address) ?? address
  const items: Abi = Array.isArray(abi) ? abi : []
  const read = functions<Read & Flawed>(items, isReading, 'read', (fn, args, flaw) => ({
    kind: 'read',
    chain: home.name,
    to: at,
    fn,
    args,
    ...(flaw && { flaw }),
  }))
  const write = functions<Write & Flawed>(
    items,
    (fn) => !isReading(fn),
    'write',
    (fn, args, flaw) => ({
      kind: 'write',
      chain: home.name,
      to: at,
      fn,
      args,
      ...(flaw && { flaw }),
    }),
  )
  const events = new Map(items.filter((item) => item.type === 'event').map((item) => [item.name, item]))
  const event = (name: string): EventRef<never> & Flawed => {
    const known = events.get(name)
    const found: AbiEvent = known ?? { type: 'event', name, inputs: [] }
    const flaw = known ? undefined : { wrong: `the ABI has no event '${name}'`, mend: suggest(name, [...events.keys()], 'check the ABI') }
    return { kind: 'event', chain: home.name, address: at, event: found, ...(flaw && { flaw }) }
  }
  // The ABI's type says which names there are; at run time the same names come from its value, which no type can follow.
  const typed = { read, write } as unknown as Pick<Contract<abi, chain>, 'read' | 'write'>
  return { kind: 'contract', chain: home.name, home, address: at, abi, event, ...typed }
}
