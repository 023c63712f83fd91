// Encodes the reads and writes of a plan once; one that does not fit its ABI is a fault at its path, not a stack trace.
import type { EncodedCall, EventRef, LogProbe, Probe, Read, Write } from '../../model/call.ts'
import { UserError } from '../../model/errors.ts'
import type { Address } from '../../model/hex.ts'
import type { Asset } from '../../model/money.ts'
import { checksummed, nowhere } from '../address.ts'
import type { Chains } from './chains.ts'
import { isFields, quoted, type Report } from './report.ts'

/** The codec, handed in: the plan language and chain access do not import each other. */
export interface Encoders {
  readonly encodeRead: <out>(read: Read<out>, nameOf?: NameOf) => Probe<out>
  readonly encodeWrite: (write: Write, nameOf?: NameOf) => EncodedCall
  readonly encodeEvent: (event: EventRef) => LogProbe
  readonly balanceProbe: (asset: Asset, holder: Address, nameOf?: NameOf) => Probe<bigint>
}

/** The plan's name of an address; nothing when it has none. */
export type NameOf = (address: Address) => string | undefined

/** A read with what its ABI says it gives. */
export interface ReadProbe {
  readonly probe: Probe
  readonly chain: string
  readonly to: Address
  /** The Solidity type of its only result; absent when it gives none or several. */
  readonly gives: string | undefined
}

export interface Calls {
  readonly read: (report: Report, path: string, given: unknown) => ReadProbe | undefined
  readonly write: (report: Report, path: string, given: unknown) => { readonly call: EncodedCall; readonly chain: string } | undefined
  readonly event: (report: Report, path: string, given: unknown) => LogProbe | undefined
  /** Says once what is wrong with an address, wherever it is met first. */
  readonly address: (report: Report, path: string, given: unknown) => Address | undefined
}

interface Kinds {
  readonly read: Read
  readonly write: Write
  readonly event: EventRef
}

export function callsOf(encoders: Encoders, chains: Chains, nameOf: NameOf): Calls {
  const bad = new Set<unknown>()
  const address = (report: Report, path: string, given: unknown): Address | undefined => {
    const found = checksummed(given)
    if (found && found !== nowhere) return found
    if (!bad.has(given)) {
      bad.add(given)
      if (found) report(path, 'is the zero address', 'give the address of a deployed contract')
      else if (typeof given === 'string' && /^0x[0-9a-fA-F]{40}$/.test(given))
        report(
          path,
          `${given} has a wrong checksum, so a letter is probably wrong`,
          `copy it again; all in lower case is accepted without a check`,
        )
      else report(path, `${quoted(given)} is not an address`, 'give 0x and 40 hexadecimal digits')
    }
    return undefined
  }

  /** What reads, writes and events have in common: the right kind, a known chain, an address, and no flaw from the ABI. */
  const met = <kind extends keyof Kinds>(report: Report, path: string, given: unknown, kind: kind, like: string): given is Kinds[kind] => {
    if (!isFields(given) || given.kind !== kind) {
      report(
        path,
        `is ${isFields(given) && typeof given.kind === 'string' ? `a ${given.kind}` : quoted(given)}, not a ${kind}`,
        `write it like ${like}`,
      )
      return false
    }
    if (isFields(given.flaw)) {
      report(path, String(given.flaw.wrong), String(given.flaw.mend))
      return false
    }
    if (typeof given.chain !== 'string' || !chains.has(given.chain)) {
      report(path, `is on the chain ${quoted(given.chain)}, which the plan does not know`, 'list the contract under `contracts`')
      return false
    }
    return address(report, path, kind === 'event' ? given.address : given.to) !== undefined
  }

  const guarded = <out>(report: Report, path: string, encode: () => out): out | undefined => {
    try {
      return encode()
    } catch (error) {
      const { wrong, mend } = wordsOf(error)
      return report(path, `does not fit the ABI: ${wrong}`, mend ?? "give the arguments that the ABI's function takes")
    }
  }

  return {
    address,
    read: (report, path, given) => {
      if (!met(report, path, given, 'read', 'pool.read.paused()')) return undefined
      return guarded(report, path, () => {
        const probe = encoders.encodeRead(given, nameOf)
        const [only, ...more] = given.fn.outputs
        return { probe, chain: given.chain, to: given.to, gives: more.length === 0 ? only?.type : undefined }
      })
    },
    write: (report, path, given) => {
      if (!met(report, path, given, 'write', 'pool.write.pause()')) return undefined
      return guarded(report, path, () => ({ call: encoders.encodeWrite(given, nameOf), chain: given.chain }))
    },
    event: (report, path, given) => {
      if (!met(report, path, given, 'event', "pool.event('Deposit')")) return undefined
      return guarded(report, path, () => encoders.encodeEvent(given))
    },
  }
}

/** What is wrong in one line. An argument of 32 bytes may be a key that was pasted into the wrong place, so none is quoted. */
export function wordsOf(error: unknown): { readonly wrong: string; readonly mend: string | undefined } {
  const fault = error instanceof UserError ? error.faults[0] : undefined
  const text = fault?.wrong ?? (error instanceof Error ? error.message : String(error))
  const line = text.split('\n').find((part) => part.trim() !== '') ?? 'it failed'
  const shown = line
    .replace(/(?:0x)?[0-9a-fA-F]{64,}/g, '(32 bytes, not shown)')
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"')]+/gi, '(a URL, not shown)')
  return { wrong: shown, mend: fault?.mend }
}

/** Reads whose small integers come as numbers give bigints, so that one comparison serves all. */
export function asWhole(probe: Probe): Probe<bigint> {
  return {
    ...probe,
    of: (moment) => {
      const read = probe.of(moment)
      if (!read.ok) return read
      if (typeof read.value === 'bigint') return { ok: true, value: read.value }
      return typeof read.value === 'number'
        ? { ok: true, value: BigInt(read.value) }
        : { ok: false, why: `${probe.label} is not a whole number` }
    },
  }
}

export function isWholeType(type: string | undefined): boolean {
  return type !== undefined && /^u?int\d*$/.test(type)
}
