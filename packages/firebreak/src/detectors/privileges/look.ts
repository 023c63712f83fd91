// Reads one contract's powers out of a moment and compares them with what was there before.
import type { Answers, LogProbe, Probe, Read } from '../../model/call.ts'
import type { Log } from '../../model/chain.ts'
import type { Scope } from '../../model/detector.ts'
import type { Address, Hex } from '../../model/hex.ts'
import type { Allowed } from './allowed.ts'
import { codePowers, events, isAddressText, listOf, none, powers, shapes, sources, textOf, wordText } from './powers.ts'
import type { Power, Tells, Where } from './powers.ts'
import { adminKey, getRoleAdmin, hasRole, pairIn, pairKey, pairOf, roleAdminChanged, roleGranted, roleRevoked } from './roles.ts'
import type { Change } from './weigh.ts'

/** A contract whose powers are watched. */
export interface Subject {
  readonly chain: string
  readonly address: Address
  /** False for one that is here only for a read of `also`. */
  readonly everything: boolean
  readonly also: readonly (readonly [name: string, read: Read])[]
}

/** What is known of a contract: plain data. */
export interface Seen {
  readonly values: Readonly<Record<string, string>>
  /** Powers that it does not have; asked for again when its code changes. */
  readonly absent: readonly string[]
  /** Powers that it had, and that cannot be read now. */
  readonly blind: readonly string[]
  /** Accounts that were seen to get a role, as keys; the newest last. */
  readonly pairs: readonly string[]
  /** The raw answers, in the order in which they are asked. */
  readonly raw: readonly string[]
}

export const unseen: Seen = { values: {}, absent: [], blind: [], pairs: [], raw: [] }

/** Whoever may grant roles decides how many there are. */
const pairsAtMost = 128

interface Asked {
  readonly key: string
  readonly probe: Probe
}

interface Listening {
  readonly key: Power
  readonly tells: Tells
  readonly probe: LogProbe
}

export interface Looking {
  readonly asked: (seen: Seen) => readonly Asked[]
  readonly logs: (seen: Seen) => readonly LogProbe[]
  /** What changed since `before`, and what is known now; the same object when nothing is new. */
  readonly look: (before: Seen, moment: Answers & { readonly logs: ReadonlyMap<string, readonly Log[]> }) => Looked
}

export interface Looked {
  readonly seen: Seen
  readonly changes: readonly (Change & { readonly txs: readonly Hex[] })[]
  /** Labels of what could be read before and cannot be now. */
  readonly unreadable: readonly { readonly label: string; readonly why: string }[]
}

export function lookingAt(scope: Scope, subject: Subject, allowed: Allowed): Looking {
  const probes = new Map<string, Probe>()
  const filters = new Map<string, LogProbe>()
  const askedFor = new WeakMap<Seen, readonly Asked[]>()
  const heardFor = new WeakMap<Seen, readonly Listening[]>()
  const { chain, address } = subject
  const granted = scope.event({ kind: 'event', chain, address, event: roleGranted })
  const revoked = scope.event({ kind: 'event', chain, address, event: roleRevoked })
  const adminChanged = scope.event({ kind: 'event', chain, address, event: roleAdminChanged })
  const roleLogs = subject.everything ? [granted, revoked, adminChanged] : []
  const planned = subject.everything ? [...allowed.expected.keys(), ...allowed.awaited.keys()].filter((key) => pairOf(key)) : []

  const placeOf = (where: Where, { values }: Seen): Address | undefined => {
    if (where === 'itself') return address
    return isAddressText(values[where]) ? values[where] : undefined
  }
  const view = (to: Address, fn: Read['fn'], args: readonly unknown[]): Probe => {
    const key = `${to}.${fn.name}(${args.join(',')})`
    const known = probes.get(key) ?? scope.read({ kind: 'read', chain, to, fn, args })
    probes.set(key, known)
    return known
  }
  const slot = (at: Hex, power: Power): Probe => {
    const known = probes.get(at) ?? scope.slot(subject, at, `${power} of ${scope.nameOf(address)}`)
    probes.set(at, known)
    return known
  }
  const filter = (at: Address, tells: Tells): LogProbe => {
    const key = `${at}.${tells.event.name}`
    const known = filters.get(key) ?? scope.event({ kind: 'event', chain, address: at, event: tells.event })
    filters.set(key, known)
    return known
  }

  const probeOf = (power: Power, seen: Seen): Probe | undefined => {
    const source = sources[power]
    if (source.kind === 'view') {
      const to = placeOf(source.at, seen)
      return to && view(to, source.fn, source.args)
    }
    const isSafe = seen.values['owners'] !== undefined && seen.values['threshold'] !== undefined
    return source.safe && !isSafe ? undefined : slot(source.slot, power)
  }

  function asked(seen: Seen): readonly Asked[] {
    const known = askedFor.get(seen)
    if (known) return known
    const all: Asked[] = subject.also.map(([name, read]) => ({ key: `also:${name}`, probe: scope.read(read) }))
    if (subject.everything) {
      for (const power of powers) {
        const probe = seen.absent.includes(power) ? undefined : probeOf(power, seen)
        if (probe) all.push({ key: power, probe })
      }
      const roles = new Set<Hex>()
      for (const key of new Set([...planned, ...seen.pairs])) {
        const pair = pairOf(key)
        if (!pair || seen.absent.includes(key)) continue
        all.push({ key, probe: view(address, hasRole, [pair.role, pair.account]) })
        roles.add(pair.role)
      }
      for (const role of roles)
        if (!seen.absent.includes(adminKey(role))) all.push({ key: adminKey(role), probe: view(address, getRoleAdmin, [role]) })
    }
    askedFor.set(seen, all)
    return all
  }

  function listening(seen: Seen): readonly Listening[] {
    const known = heardFor.get(seen)
    if (known) return known
    const all = subject.everything
      ? powers.flatMap((key) =>
          events[key].flatMap((tells) => {
            const at = placeOf(tells.at, seen)
            return at && !seen.absent.includes(key) ? [{ key, tells, probe: filter(at, tells) }] : []
          }),
        )
      : []
    heardFor.set(seen, all)
    return all
  }

  function look(before: Seen, moment: Parameters<Looking['look']>[1]): Looked {
    const wants = asked(before)
    const raw = wants.map(({ probe }) => {
      const answer = moment.answers.get(probe.key)
      return answer ? (answer.ok ? answer.data : `failed ${answer.data}`) : ''
    })
    const heard = listening(before).flatMap((one) => (moment.logs.get(one.probe.key) ?? []).map((log) => ({ ...one, log })))
    const roleNews = roleLogs.flatMap((probe) => (moment.logs.get(probe.key) ?? []).map((log) => ({ probe, log })))
    const quiet = raw.length === before.raw.length && raw.every((one, i) => one === before.raw[i])
    if (quiet && heard.length === 0 && roleNews.length === 0) return { seen: before, changes: [], unreadable: [] }

    const values: Record<string, string> = { ...before.values }
    const blind: string[] = []
    const absent: string[] = []
    const unreadable: Looked['unreadable'][number][] = []
    wants.forEach(({ key, probe }, i) => {
      if (raw[i] === '') return
      const decoded = probe.of(moment)
      const text = decoded.ok ? valueText(key, probe, decoded.value) : undefined
      if (text !== undefined) values[key] = text
      else if (before.values[key] === undefined) absent.push(key)
      else {
        blind.push(key)
        if (!before.blind.includes(key)) unreadable.push({ label: probe.label, why: decoded.ok ? 'it makes no sense' : decoded.why })
      }
    })
    const changes = [
      ...changed(before, values, heard),
      ...heard.flatMap((one) => passing(one, before, values)),
      ...rolesChanged(before, values, roleNews),
    ]
    return { seen: { ...next(before, values, absent, roleNews), blind, raw }, changes, unreadable }
  }

  type Heard = Listening & { readonly log: Log }

  function changed(before: Seen, values: Readonly<Record<string, string>>, heard: readonly Heard[]): Looked['changes'] {
    return Object.entries(values).flatMap(([key, to]) => {
      const from = before.values[key]
      if (from === undefined || from === to || pairOf(key)) return []
      const txs = heard.filter((one) => one.key === key).map((one) => one.log.tx)
      return [{ contract: address, key, from, to, txs: [...new Set(txs)] }]
    })
  }

  /** A value that came and went within the moment: the state afterwards knows nothing of it. */
  function passing({ key, tells, log }: Heard, before: Seen, values: Readonly<Record<string, string>>): Looked['changes'] {
    const [from, after] = [before.values[key], values[key]]
    const word = lastWord(log)
    if (!tells.brings || word === undefined || from === undefined || after === undefined) return []
    const passed = wordText(word, shapes[key] === 'number' ? 'number' : 'address')
    const list = shapes[key] === 'addresses'
    const lasting = list ? [...listOf(from), ...listOf(after)] : [from, after]
    if (passed === none || lasting.includes(passed)) return []
    return [{ contract: address, key, from, to: list ? [...listOf(from), passed].join(' ') : passed, andBack: true, txs: [log.tx] }]
  }

  /** Of an account that was not asked about, the events are all that there is. */
  function rolesChanged(
    before: Seen,
    values: Record<string, string>,
    news: readonly { readonly probe: LogProbe; readonly log: Log }[],
  ): Looked['changes'] {
    const changes: Looked['changes'][number][] = []
    const told = new Map<string, { readonly first: string; readonly last: string; readonly txs: readonly Hex[] }>()
    for (const { probe, log } of news) {
      const pair = probe === adminChanged ? undefined : pairIn(log)
      if (!pair) continue
      const is = probe === granted ? 'held' : none
      const known = told.get(pairKey(pair))
      told.set(pairKey(pair), { first: known?.first ?? is, last: is, txs: [...new Set([...(known?.txs ?? []), log.tx])] })
    }
    const keys = new Set([...told.keys(), ...Object.keys(values).filter((key) => pairOf(key) && before.values[key] !== undefined)])
    for (const key of keys) {
      const said = told.get(key)
      const from = before.values[key] ?? (said?.first === 'held' ? none : 'held')
      const to = before.values[key] === undefined ? (said?.last ?? from) : (values[key] ?? from)
      values[key] = to
      const txs = said?.txs ?? []
      if (from !== to) changes.push({ contract: address, key, from, to, txs })
      // It began and ended as it was, and something else in between.
      else if (said && from === none) changes.push({ contract: address, key, from, to: 'held', andBack: true, txs })
    }
    for (const { probe, log } of news) {
      const [, role, from, to] = log.topics
      if (probe !== adminChanged || !role || !from || !to || before.values[adminKey(role)] !== undefined) continue
      changes.push({ contract: address, key: adminKey(role), from, to, txs: [log.tx] })
    }
    return changes
  }

  function next(
    before: Seen,
    values: Readonly<Record<string, string>>,
    absent: readonly string[],
    news: readonly { readonly probe: LogProbe; readonly log: Log }[],
  ): Omit<Seen, 'blind' | 'raw'> {
    const fresh = news.flatMap(({ probe, log }) => {
      const pair = probe === adminChanged ? undefined : pairIn(log)
      return pair ? [pairKey(pair)] : []
    })
    const pairs =
      fresh.length === 0
        ? before.pairs
        : [...new Set([...before.pairs.filter((one) => !fresh.includes(one)), ...fresh])].slice(-pairsAtMost)
    const kept = Object.entries(values).filter(([key]) => !pairOf(key) || pairs.includes(key) || planned.includes(key))
    // A contract without anything yet may still be deployed; one with new code may have new functions.
    const exists = kept.some(([, value]) => value !== none)
    const newCode = codePowers.some((key) => before.values[key] !== undefined && before.values[key] !== values[key])
    return { values: Object.fromEntries(kept), absent: !exists || newCode ? [] : [...new Set([...before.absent, ...absent])], pairs }
  }

  return { asked, logs: (seen) => [...listening(seen).map((one) => one.probe), ...roleLogs], look }
}

function valueText(key: string, probe: Probe, value: unknown): string | undefined {
  if (pairOf(key)) return value === true ? 'held' : none
  if (probe.slot !== undefined) return typeof value === 'string' ? wordText(value) : undefined
  return textOf(value)
}

/** The last argument, wherever it stands: which arguments are indexed differs between versions. */
function lastWord({ topics, data }: Log): Hex | undefined {
  const inData = data.length >= 66 && (data.length - 2) % 64 === 0 ? (`0x${data.slice(-64)}` as Hex) : undefined
  return inData ?? (topics.length > 1 ? topics.at(-1) : undefined)
}
