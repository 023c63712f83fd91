// The readiness checks of a run: findings at the start, a signal when something rots, a note when it works again.
import { connectAll, type Connected } from '../engine/connect.ts'
import type { Engine } from '../engine.ts'
import type { Context } from '../engine/context.ts'
import type { GasTable } from '../engine/gas-table.ts'
import { keepChecking, type KeepChecking } from '../engine/keep-checking.ts'
import { checkReadiness } from '../engine/readiness.ts'
import { relaysOf, withoutRelayKeys } from '../engine/relays.ts'
import { canonical } from '../base/canonical.ts'
import { isElsewhere, keysOf } from '../base/keys.ts'
import { secretOpens } from '../engine/unlock.ts'
import { workingOf } from '../engine/ways.ts'
import type { KeyAuthority, SecretRef } from '../model/brake.ts'
import { UserError } from '../model/errors.ts'
import type { NewEntry } from '../model/journal.ts'
import { ready, works, type Report, type SignerReport } from '../readiness/report.ts'
import type { Change } from '../readiness/rot.ts'
import type { Journal } from '../stages.ts'
import { findingLines } from './check-words.ts'
import type { Io } from './io.ts'
import type { OpenPlan } from './open-plan.ts'

export interface RunChecks {
  readonly opened: OpenPlan
  readonly io: Io
  readonly armed: boolean
  readonly engine: Engine
  readonly gas: GasTable
  readonly journal: Journal
  readonly context: Context
  readonly everyBlocks: number
}

export function blocksOf(text: string): number {
  const blocks = Number(text)
  if (Number.isSafeInteger(blocks) && blocks >= 0) return blocks
  throw new UserError({ path: '--check-every', wrong: `is '${text}'`, mend: 'give a whole number of blocks; 0 for never' })
}

export function checksOf({ opened, io, armed, engine, gas, journal, context, everyBlocks }: RunChecks): KeepChecking {
  const { plan, secret } = opened
  const secretOf = armed ? sameSecrets(opened, io, context) : () => undefined
  // Connections of its own: a check never stands in the way of a brake.
  let nodes: Promise<ReadonlyMap<string, Connected>> | undefined
  const relays = armed ? relaysOf(withoutRelayKeys(plan), { secret, secrets: io.secrets }) : undefined
  const check = async (): Promise<Report> => {
    nodes ??= connectAll(plan, { secret, secrets: io.secrets, context })
    try {
      return await checkReadiness({
        plan,
        nodes: await nodes,
        secretOf,
        ...(relays ? { relays } : {}),
      })
    } catch (error) {
      await close(nodes)
      nodes = undefined
      throw error
    }
  }

  const record = (entries: readonly NewEntry[]): void => {
    try {
      journal.later(entries)
    } catch (error) {
      context.trouble(`the readiness check could not be recorded: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  let said = canonical({})
  const onReport = (report: Report, changes: readonly Change[], first: boolean): void => {
    const at = context.now()
    gas.learn(new Map(report.brakes.map((brake) => [brake.brake, brake.routes])))
    const working = workingOf(plan, new Map(report.brakes.map((one) => [one.brake, one.routes])))
    if (canonical(working) !== said) engine.submit({ kind: 'ways', at, working })
    said = canonical(working)
    if (first) {
      for (const line of findingLines(report, io.paint)) io.note(`check ${line}`)
      io.note(`check ${report.brakes.filter(works).length} of ${report.brakes.length} brakes would work`)
    }
    if (first || changes.length > 0)
      record([
        {
          kind: 'readiness',
          at,
          body: { ready: ready(report), brakes: report.brakes.map((one) => ({ brake: one.brake, works: works(one) })) },
        },
      ])
    for (const { chain, what, now } of changes) {
      if (now.rots) engine.submit({ kind: 'rot', at, chain, what, wrong: now.wrong })
      else {
        io.note(`check ${io.paint('green', '✓')} ${what} works again`)
        record([{ kind: 'note', at, body: { chain, what, said: 'works again' } }])
      }
    }
  }

  const checking = keepChecking({ everyBlocks, check, onReport, trouble: context.trouble })
  return {
    ...checking,
    stop: async () => {
      await checking.stop()
      if (nodes) await close(nodes)
    },
  }
}

async function close(nodes: Promise<ReadonlyMap<string, Connected>>): Promise<void> {
  const open = await nodes.catch(() => new Map<string, Connected>())
  for (const { node } of open.values()) await node.close()
}

/** An armed run has opened every key: what is looked at again is whether the next start would find the same, and whether signers elsewhere still sign. */
function sameSecrets(
  { plan, secret, fingerprint }: OpenPlan,
  io: Io,
  context: Context,
): (authority: KeyAuthority) => Promise<SignerReport['secret']> {
  const read = (signer: SecretRef): { readonly ok: true; readonly print: string } | { readonly ok: false; readonly why: string } => {
    try {
      return { ok: true, print: fingerprint(signer) }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return {
        ok: false,
        why: `the next start would not find its key: ${error.faults.map((fault) => `${fault.path}: ${fault.wrong}`).join('; ')}`,
      }
    }
  }
  const opened = new Map(
    keysOf(plan.authorities).flatMap(({ name, signer }) => (isElsewhere(signer) ? [] : [[name, read(signer)] as const])),
  )
  return async (authority) => {
    const { name, signer } = authority
    if (isElsewhere(signer)) return secretOpens(plan, authority, { secret, secrets: io.secrets, context })
    const [before, now] = [opened.get(name), read(signer)]
    if (!now.ok) return now
    if (before?.ok && before.print !== now.print)
      return { ok: false, why: 'its secret is not the one that was opened at the start: `firebreak check` says whether it still fits' }
    return { ok: true }
  }
}
