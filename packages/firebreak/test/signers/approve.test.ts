// Owners approve with keys at JSON-RPC signers: each sees the typed data, and what it gives counts only as an owner's signature of this proposal.
import { afterEach, expect, test } from 'vitest'
import { cli } from '../support/cli.ts'
import { onCouncil } from '../whole-path/council.ts'
import { brakeWaits } from '../whole-path/run-scene.ts'
import { startSigner, type SignerServer, type SignerServerOptions } from './signer-server.ts'
import type { Hex } from '../../src/model/hex.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})
const started = async (key: Hex, options?: SignerServerOptions): Promise<SignerServer> => {
  const server = await startSigner(key, options)
  stops.push(server.stop)
  return server
}

test('two owners sign at signers elsewhere, and the brake holds', { timeout: 120_000 }, async () => {
  await onCouncil({}, async (council) => {
    const { scene, owners, env } = council
    const approve = (server: SignerServer, ...words: readonly string[]) =>
      cli(['approve', 'pause', '--plan', scene.plan, '--signer', 'remote:OWNER_SIGNER', '--password', 'OWNER_TOKEN', '--yes', ...words], {
        env: { ...env, OWNER_SIGNER: server.url, OWNER_TOKEN: 'token-0f-the-owner' },
      })
    const [alice, bob, carol] = owners
    if (!alice || !bob || !carol) throw new Error('there are three')
    const firebreak = council.firebreak()
    await firebreak.says(/ARMED/)
    await council.drain()
    await firebreak.says(/0 of 2 have signed/)

    const stranger = await approve(await started(scene.attacker.privateKey))
    expect([stranger.code, stranger.err]).toEqual([2, expect.stringMatching(/the signer has no key of an owner/)])

    const away = await started(carol.privateKey)
    await away.stop()
    stops.pop()
    expect((await approve(away)).err).toMatch(/the signer cannot be reached \(ECONNREFUSED\)/)

    const server = await started(alice.privateKey, { speaks: 'geth', token: 'token-0f-the-owner' })
    server.accounts = [alice.address, bob.address]
    expect((await approve(server)).err).toMatch(/keys of several owners/)
    server.accounts = undefined
    server.instead = ({ method }) =>
      method === 'eth_accounts' ? undefined : `{"error":{"code":-32000,"message":"denied at ${server.url}"}}`
    const denied = await approve(server)
    expect(denied.err).toMatch(/the signer refuses: denied at \[secret\]/)
    expect(denied.err).not.toContain(server.url)
    server.instead = undefined
    // It says that it is alice's, and signs with another key.
    server.accounts = [alice.address]
    server.key = scene.attacker.privateKey
    expect((await approve(server)).err).toMatch(/is not by an owner over this proposal/)
    server.key = bob.privateKey
    expect((await approve(server)).err).toMatch(/signed as 0x\w+, and was asked as/)
    server.key = alice.privateKey
    expect((await approve(server)).code).toBe(0)

    expect((await approve(await started(bob.privateKey, { speaks: 'clef' }))).code).toBe(0)
    await scene.kit.mine()
    await brakeWaits(scene)
    await scene.kit.mine()
    await firebreak.says(/HOLDS/)
    expect(await council.paused()).toBe(true)
    expect(await firebreak.stop()).toBe(0)
  })
})
