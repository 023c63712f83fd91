// Makes every key of a plan ready to sign: opens what lies here, and has signers elsewhere prove that they are the plan's.
import { isElsewhere, keysOf } from '../base/keys.ts'
import type { Secrets } from '../base/secrets.ts'
import type { KeyAuthority, KmsSignerRef, SecretRef } from '../model/brake.ts'
import { RetryableError, UserError, type Fault } from '../model/errors.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { SignerReport } from '../readiness/report.ts'
import { keySigner, type Signer } from '../responders/authorities/key.ts'
import { kmsHolder } from '../responders/authorities/kms.ts'
import type { AwsCredentials } from '../responders/authorities/kms-request.ts'
import { remoteHolder } from '../responders/authorities/remote.ts'
import { guarded, trialOf, type Holder } from '../responders/authorities/signer.ts'
import type { Context } from './context.ts'

export interface UnlockOptions {
  readonly secret: (ref: SecretRef) => string
  readonly secrets: Secrets
  readonly context: Pick<Context, 'now' | 'trouble'>
}

/** Only when armed: in shadow no key is ever opened, and no signer asked. Throws a UserError with every key that is of no use. */
export async function unlock(plan: ResolvedPlan, options: UnlockOptions): Promise<ReadonlyMap<string, Signer>> {
  const keys = keysOf(plan.authorities)
  const opened = await Promise.allSettled(keys.map(async (key) => [key.name, await signerOf(plan, key, options)] as const))
  const faults = opened.flatMap((one): readonly Fault[] => {
    if (one.status === 'fulfilled') return []
    if (one.reason instanceof UserError) return one.reason.faults
    throw one.reason
  })
  if (faults.length > 0) throw new UserError(faults)
  return new Map(opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
}

/** Whether a key can be had from where the plan refers to, and is the plan's; of a signer elsewhere, how long it took. */
export async function secretOpens(
  plan: ResolvedPlan,
  key: KeyAuthority,
  options: UnlockOptions,
): Promise<NonNullable<SignerReport['secret']>> {
  try {
    const signsInMs = (await signerOf(plan, key, options)).elsewhere?.takesMs()
    return { ok: true, ...(signsInMs === undefined ? {} : { signsInMs }) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { ok: false, why: error.faults.map((fault) => `${fault.path}: ${fault.wrong}`).join('; ') }
  }
}

async function signerOf(plan: ResolvedPlan, key: KeyAuthority, options: UnlockOptions): Promise<Signer> {
  const where = `authorities.${key.name}.signer`
  const { now, trouble } = options.context
  const opened = (ref: SecretRef): string => {
    const secret = options.secret(ref)
    options.secrets.add(secret)
    return secret
  }
  const chainId = plan.chains.find((one) => one.name === key.chain)?.id ?? 0
  const common = { address: key.address, chainId, redact: options.secrets.redact }
  const { signer } = key
  if (!isElsewhere(signer)) return keySigner(opened(signer), key.address, chainId, where)
  const holder =
    signer.kind === 'remote'
      ? remoteHolder({ ...common, url: opened(signer.url), token: signer.token && opened(signer.token), withinMs: signer.answersWithinMs })
      : kmsHolder({
          ...common,
          keyId: opened(signer.keyId),
          region: signer.region,
          endpoint: signer.endpoint && opened(signer.endpoint),
          credentials: () => credentialsOf(signer, opened),
          withinMs: signer.answersWithinMs,
          now: () => Date.now(),
        })
  return guarded(holder, {
    authority: key.name,
    address: key.address,
    now,
    onTrouble: trouble,
    tookMs: await tried(plan, key, holder, where, options),
  })
}

const credentialsOf = (ref: KmsSignerRef, opened: (ref: SecretRef) => string): AwsCredentials => ({
  accessKeyId: opened(ref.accessKeyId),
  secretAccessKey: opened(ref.secretAccessKey),
  sessionToken: ref.sessionToken && opened(ref.sessionToken),
})

/** With the very call that it will be asked to sign, so that a policy of its own is tried, too. Gives the milliseconds that it took. */
async function tried(plan: ResolvedPlan, key: KeyAuthority, holder: Holder, where: string, options: UnlockOptions): Promise<number> {
  const call = plan.brakes.find((brake) => brake.by.includes(key.name))?.calls[0] ?? { to: key.address, data: '0x' as const }
  try {
    await holder.introduce()
    const began = performance.now()
    await holder.sign(trialOf(call))
    return performance.now() - began
  } catch (error) {
    if (error instanceof UserError) throw error
    const why = error instanceof Error ? error.message : String(error)
    const away = error instanceof RetryableError
    throw new UserError({
      path: where,
      wrong: options.secrets.redact(away ? `the signer ${why}` : why),
      mend: away
        ? 'start it, or correct what the plan refers to'
        : 'have it sign for this address, on this chain, exactly what it is asked for',
    })
  }
}
