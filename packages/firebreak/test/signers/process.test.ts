// The whole path with a key that lies elsewhere: a real process, a real chain, and a signer on loopback that speaks its protocol.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { cli, cliJson } from '../support/cli.ts'
import { expectOneEffectPerIntent } from '../whole-path/facts.ts'
import { brakeWaits, onStage, quiet, waitingFrom, type Stage } from '../whole-path/run-scene.ts'
import type { Scene } from '../whole-path/scene.ts'
import { accessKeyId, kmsKeyId, startKms } from './kms-server.ts'
import { startSigner, type SignerServer } from './signer-server.ts'
import { withKey } from './with-key.ts'

const token = 'b3arer-t0ken-0f-the-signer'
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const remote = "remote({ url: env('SIGNER_URL'), token: env('SIGNER_TOKEN'), answersWithin: '1s' })"
const kms =
  "awsKms({ keyId: env('KMS_KEY'), region: 'eu-central-1', endpoint: env('KMS_URL'), secretAccessKey: env('KMS_SECRET'), accessKeyId: env('KMS_ID') })"

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

async function signerOf(scene: Scene, port?: number): Promise<SignerServer> {
  const server = await startSigner(scene.guardian.privateKey, { token, ...(port === undefined ? {} : { port }) })
  stops.push(server.stop)
  return server
}
const envOf = ({ url }: { readonly url: string }) => ({ SIGNER_URL: url, SIGNER_TOKEN: token, GUARDIAN_KEY: '' })

/** Everything under the folder, byte for byte. */
async function written(folder: string): Promise<string> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
  return (await Promise.all(files.map(async (one) => (await readFile(join(one.parentPath, one.name))).toString('latin1')))).join('\n')
}

async function pulls({ scene, firebreak }: Stage, env: Readonly<Record<string, string>>): Promise<string> {
  const run = firebreak({ env, record: join(scene.folder, 'recording') })
  await run.says(/ARMED/)
  await scene.kit.broadcast((await scene.attack()).raw)
  await brakeWaits(scene)
  await scene.kit.mine()
  await run.says(/HOLDS/)
  expect(await run.stop()).toBe(0)
  expect(await scene.held()).toBe(scene.whole)
  await expectOneEffectPerIntent(scene)
  return `${run.said()}\n${run.troubles()}\n${await written(scene.folder)}`.toLowerCase()
}

describe('a remote signer', { timeout: 60_000 }, () => {
  test('pulls the brake, and neither its address nor its token is written anywhere', async () => {
    await onStage({}, async (stage) => {
      await withKey(stage.scene, { address: stage.scene.guardian.address, signer: remote })
      const server = await signerOf(stage.scene)
      const all = await pulls(stage, envOf(server))
      expect(server.asked.length).toBeGreaterThan(10)
      for (const secret of [server.url, new URL(server.url).pathname.slice(1), token])
        expect(all.includes(secret.toLowerCase()), secret).toBe(false)
    })
  })

  test('that dies is not needed for what was signed ahead, and is said', async () => {
    await onStage({}, async ({ scene, proxy, firebreak }) => {
      await withKey(scene, { address: scene.guardian.address, signer: remote })
      const server = await signerOf(scene)
      const run = firebreak({ env: envOf(server), words: ['--check-every', '0'] })
      await run.says(/ARMED/)
      await scene.kit.mine()
      await quiet(proxy)
      await server.stop()
      await scene.kit.broadcast((await scene.attack()).raw)
      await brakeWaits(scene)
      // A block that leaves it out asks for a better-paid form, which nobody can sign: the first one stays where it is.
      await scene.rpc.request('anvil_dropAllTransactions', [])
      await scene.kit.mine()
      await run.says(/the signer of guardian cannot be reached/)
      await brakeWaits(scene)
      await scene.kit.mine()
      await run.says(/HOLDS/)
      expect(await run.stop()).toBe(0)
      expect(await scene.held()).toBe(scene.whole)
      await expectOneEffectPerIntent(scene)
    })
  })

  test('that is away when something new has to be signed is asked until it is back', async () => {
    await onStage({}, async ({ scene, proxy, firebreak }) => {
      await withKey(scene, { address: scene.guardian.address, signer: remote })
      const server = await signerOf(scene)
      const run = firebreak({ env: envOf(server), words: ['--check-every', '0'] })
      await run.says(/ARMED/)
      await quiet(proxy)
      await server.stop()
      // The key's turn moves on by somebody else's hand: nothing that was signed ahead fits any more.
      await scene.kit.broadcast((await scene.call(scene.guardian, 'greet')).raw)
      await scene.kit.mine()
      await run.says(/the signer of guardian cannot be reached/)
      await scene.kit.broadcast((await scene.attack()).raw)
      await run.says(/pause could not be signed/)
      expect(await waitingFrom(scene, scene.guardian.address)).toEqual([])
      await signerOf(scene, Number(new URL(server.url).port))
      await brakeWaits(scene)
      await run.says(/the signer of guardian answers again/)
      await scene.kit.mine()
      await run.says(/HOLDS/)
      expect(await run.stop()).toBe(0)
      expect(await scene.held()).toBe(scene.whole)
    })
  })

  test('that signs something else pulls nothing: no byte of it goes out', async () => {
    await onStage({}, async ({ scene, proxy, firebreak }) => {
      await withKey(scene, { address: scene.guardian.address, signer: remote })
      const server = await signerOf(scene)
      const run = firebreak({ env: envOf(server), words: ['--check-every', '0'] })
      await run.says(/ARMED/)
      await quiet(proxy)
      server.tamper = (tx) => ({ ...tx, to: scene.attacker.address })
      await scene.kit.broadcast((await scene.call(scene.guardian, 'greet')).raw)
      await scene.kit.mine()
      await scene.kit.broadcast((await scene.attack()).raw)
      await run.says(/pause could not be signed: it signed something else: to is/)
      expect(await waitingFrom(scene, scene.guardian.address)).toEqual([])
      server.tamper = undefined
      await brakeWaits(scene)
      expect(await run.stop()).toBe(0)
    })
  })

  test('is refused at the start when it is away, answers rubbish or has another key; check says so and how long it takes', async () => {
    await onStage({}, async ({ scene, firebreak }) => {
      await withKey(scene, { address: scene.guardian.address, signer: remote })
      const server = await signerOf(scene)
      const env = { ...envOf(server), SCENE_RPC: scene.anvil().ipcPath, NO_COLOR: '1' }
      const good = await cliJson(['check', '--plan', scene.plan], { env })
      expect(good).toMatchObject({
        code: 0,
        document: { ready: true, signers: [{ authority: 'guardian', secret: { ok: true, signsInMs: expect.any(Number) } }] },
      })
      server.delayMs = 500
      const slow = await cli(['check', '--plan', scene.plan], { env })
      expect(slow.out).toMatch(/its signer signs for it, in 5\d\d ms/)
      expect(slow.out).toMatch(/5\d\d ms more, and counted here, where the signer of guardian has to be asked/)
      server.delayMs = 0

      const refused = async (said: RegExp): Promise<void> => {
        const run = firebreak({ env })
        await run.exited
        expect(run.troubles()).toMatch(said)
        expect(run.troubles()).toMatch(/mend:/)
        expect(run.troubles() + run.said()).not.toContain(new URL(server.url).pathname)
        expect(await run.stop()).toBe(2)
        const checked = await cliJson(['check', '--plan', scene.plan], { env })
        expect(checked).toMatchObject({
          code: 1,
          document: { ready: false, signers: [{ secret: { ok: false, why: expect.stringMatching(said) } }] },
        })
      }
      server.key = scene.attacker.privateKey
      await refused(/authorities\.guardian\.signer: its signature is not by 0x/)
      server.key = scene.guardian.privateKey
      server.instead = () => `{"error":{"code":-32000,"message":"no key at ${server.url}"}}`
      await refused(/authorities\.guardian\.signer: it refuses to sign for 0x\w+: -32000 "no key at \[secret\]"/)
      server.instead = () => 'rubbish'
      await refused(/the signer answers something that is not JSON-RPC/)
      server.instead = undefined
      server.delayMs = 10_000
      await refused(/the signer does not answer within 1000 ms/)
      await server.stop()
      await refused(/the signer cannot be reached \(ECONNREFUSED\)/)
    })
  })
})

describe('a key at AWS KMS', { timeout: 60_000 }, () => {
  test('pulls the brake, and no credential is written anywhere', async () => {
    await onStage({}, async (stage) => {
      await withKey(stage.scene, { address: stage.scene.guardian.address, signer: kms })
      const server = await startKms(stage.scene.guardian.privateKey, secretAccessKey)
      stops.push(server.stop)
      server.highS = true
      const all = await pulls(stage, { KMS_KEY: kmsKeyId, KMS_URL: server.url, KMS_SECRET: secretAccessKey, KMS_ID: accessKeyId })
      expect(server.asked[0]).toBe('TrentService.GetPublicKey')
      for (const secret of [server.url, kmsKeyId, accessKeyId, secretAccessKey])
        expect(all.includes(secret.toLowerCase()), secret).toBe(false)
    })
  })

  test('that is another one is refused at the start', async () => {
    await onStage({}, async ({ scene, firebreak }) => {
      await withKey(scene, { address: scene.guardian.address, signer: kms })
      const server = await startKms(scene.attacker.privateKey, secretAccessKey)
      stops.push(server.stop)
      const run = firebreak({ env: { KMS_KEY: kmsKeyId, KMS_URL: server.url, KMS_SECRET: secretAccessKey, KMS_ID: accessKeyId } })
      await run.exited
      expect(await run.stop()).toBe(2)
      expect(run.troubles()).toContain(`the KMS key belongs to ${scene.attacker.address}, the plan says ${scene.guardian.address}`)
      expect(run.troubles()).not.toContain(secretAccessKey)
    })
  })
})
