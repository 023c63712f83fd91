// Loads and resolves the plan that a command works with; where its journal lies and how its secrets are found follow from it.
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { sha256 } from '../base/hash.ts'
import { balanceProbe } from '../chain/codec/balance-read.ts'
import { encodeEvent } from '../chain/codec/event-probe.ts'
import { encodeRead } from '../chain/codec/encode-read.ts'
import { encodeWrite } from '../chain/codec/encode-write.ts'
import type { SecretRef } from '../model/brake.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { PlanDefinition } from '../plan/define.ts'
import { loadPlan } from '../plan/load.ts'
import { resolvePlan } from '../plan/resolve.ts'
import { resolveSecret } from '../plan/secrets.ts'
import type { Io } from './io.ts'

export const defaultPlan = 'firebreak.plan.ts'

export interface OpenPlan {
  readonly plan: ResolvedPlan
  /** With the ABIs, which a resolved plan no longer needs. */
  readonly definition: PlanDefinition
  readonly file: string
  readonly secret: (ref: SecretRef) => string
  /** Tells whether what a reference points to is still the same, without decrypting anything. */
  readonly fingerprint: (ref: SecretRef) => string
  /** `.firebreak/<plan>.journal` beside the plan, unless given. */
  readonly journalPath: (given: string | undefined) => string
}

/** `deployment` is for a plan that is a function, as drills have them. */
export async function openPlan(file: string, io: Io, deployment?: Readonly<Record<string, unknown>>): Promise<OpenPlan> {
  const { definition, sources } = await loadPlan(file, deployment ? { deployment } : {})
  const { plan, warnings } = resolvePlan(definition, { encodeRead, encodeWrite, encodeEvent, balanceProbe }, sources)
  for (const warning of warnings) io.note(`${io.paint('yellow', 'warning')} ${warning.path}: ${warning.wrong}. ${warning.mend}`)
  const directory = dirname(resolve(file))
  return {
    plan,
    definition,
    file,
    secret: (ref) => {
      const secret = resolveSecret(ref, {
        env: process.env,
        directory,
        warn: (text) => io.note(`${io.paint('yellow', 'warning')} ${text}`),
      })
      io.secrets.add(secret)
      return secret
    },
    fingerprint: (ref) => fingerprintOf(ref, (one) => resolveSecret(one, { env: process.env, directory })),
    journalPath: (given) => journalFor(plan, directory, given),
  }
}

function fingerprintOf(ref: SecretRef, resolve: (ref: SecretRef) => string): string {
  if (ref.kind !== 'keystore') return sha256(resolve(ref))
  return sha256(resolve({ kind: 'file', path: ref.path }) + fingerprintOf(ref.password, resolve))
}

/** Where locks are kept that all Firebreaks of this user share. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env['FIREBREAK_STATE'] ?? join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'firebreak')
}

function journalFor(plan: ResolvedPlan, directory: string, given: string | undefined): string {
  if (given) return resolve(given)
  const folder = join(directory, '.firebreak')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return join(folder, `${plan.name.replaceAll(/[^\w.-]+/g, '-')}.journal`)
}
