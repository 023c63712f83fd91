// Owners who are elsewhere: a Safe transaction service carries their signatures to the running instance.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cliJson } from '../support/cli.ts'
import { startSafeService } from '../support/safe-service.ts'
import { onCouncil } from './council.ts'
import { whileMining } from './until.ts'

const more = "service: env('SAFE_SERVICE'), serviceKey: env('SAFE_SERVICE_KEY')"

test('signatures come through the service, a rival and an outage are told, and its word alone counts for nothing', async () => {
  await onCouncil({ more }, async (council) => {
    const { scene, safe, owners, env, keystore } = council
    const service = await startSafeService(
      31_337,
      owners.map((owner) => owner.address),
      'a key for the service',
    )
    const places = { SAFE_SERVICE: service.url, SAFE_SERVICE_KEY: 'a key for the service' }
    // Another machine: it has the plan and the chain, and no folder of proposals.
    const elsewhere = (...args: readonly string[]) =>
      cliJson(['approve', ...args, '--plan', scene.plan, '--journal', join(scene.folder, 'elsewhere.journal')], {
        env: { ...env, ...places },
      })
    Object.assign(process.env, places)
    try {
      const firebreak = council.firebreak()
      await firebreak.says(/ARMED/)
      service.fail(503)
      await council.drain()
      await firebreak.says(/0 of 2 have signed/)
      await firebreak.says(/signatures could not be fetched: .*503/)
      service.fail(undefined)

      const first = await elsewhere('pause', ...keystore(0), '--yes')
      expect(first.document).toMatchObject({ ok: true, signer: owners[0]?.address })
      expect(service.transactions()).toHaveLength(1)
      const second = await elsewhere('pause')
      expect(second.document).toMatchObject({ signed: [owners[0]?.address] })
      await whileMining(scene.kit, 'the first signature', async () => {
        return /1 of 2 have signed/.test(firebreak.said())
      })

      // Somebody's wallet wants the same nonce; and the service says that a stranger's signature is Carol's.
      service.add({ safeTxHash: `0x${'ab'.repeat(32)}`, safe: safe.address, nonce: '0', confirmations: [] })
      const ours = service.transactions()[0]
      ours?.confirmations.push({ owner: owners[2]?.address ?? '0x', signature: `0x${'12'.repeat(64)}1b` })
      await whileMining(scene.kit, 'the refusal', async () => {
        return /does not count/.test(firebreak.troubles())
      })
      expect(await council.paused()).toBe(false)
      expect((await elsewhere('pause')).out).not.toContain('a key for the service')

      const third = await elsewhere('pause', ...keystore(1), '--yes')
      expect(third.document).toMatchObject({ ok: true, signer: owners[1]?.address })
      expect(service.asked().some((line) => line.startsWith('POST /api/v1/multisig-transactions/'))).toBe(true)
      await whileMining(scene.kit, 'the execution', async () => {
        return council.paused()
      })
      await firebreak.says(/HOLDS pause/)
      expect(await firebreak.stop()).toBe(0)
    } finally {
      for (const name of Object.keys(places)) delete process.env[name]
      await service.stop()
    }
  })
})
