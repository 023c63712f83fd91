// The plan of the whole-path scene with another key: a signer elsewhere, or the key that is to take the guardian's place.
import { readFile, writeFile } from 'node:fs/promises'
import type { Address } from '../../src/model/hex.ts'
import { cliJson } from '../support/cli.ts'
import type { Scene } from '../whole-path/scene.ts'

export interface KeyText {
  readonly address: Address
  /** As they stand in a plan. */
  readonly signer: string
  readonly next?: string
}

export async function withKey(scene: Scene, { address, signer, next }: KeyText): Promise<void> {
  const plan = await readFile(scene.plan, 'utf8')
  const text = `guardian: key({ address: '${address}', signer: ${signer}, chain: local${next === undefined ? '' : `, next: ${next}`} })`
  const changed = plan
    .replace(/guardian: key\(.*?chain: local.*?\}\)(?= \})/, text)
    .replace('import { asset, definePlan', 'import { asset, awsKms, definePlan, remote')
  if (!changed.includes(text)) throw new Error('the plan has no such key')
  await writeFile(
    scene.plan,
    changed.replace('asset, awsKms, definePlan, remote, awsKms, definePlan, remote', 'asset, awsKms, definePlan, remote'),
  )
}

/** What a person does between two starts: look at the plan's hash, and accept it. */
export async function acceptPlan(scene: Scene, env: Readonly<Record<string, string>>): Promise<void> {
  const shown = await cliJson(['accept', '--plan', scene.plan], { env })
  const { hash } = shown.document as { readonly hash: string }
  const accepted = await cliJson(['accept', hash, '--plan', scene.plan], { env })
  if (accepted.code !== 0) throw new Error(`not accepted:\n${accepted.err}`)
}
