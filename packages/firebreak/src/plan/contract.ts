// A contract in a plan: an address with its ABI, whose functions and events become typed descriptions of reads and writes.
import type { Abi, AbiEvent, AbiFunction, AbiParameter, AbiParametersToPrimitiveTypes } from 'abitype'
import { checksum } from '../base/address.ts'
import type { EventRef, Read, Write } from '../model/call.ts'
import type { Address } from '../model/hex.ts'
import { nearest } from './nearest.ts'
import type { ChainDescription } from './references.ts'

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
