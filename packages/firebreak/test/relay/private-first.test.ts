// Which way a brake goes: against an attack that nobody saw waiting to the relay first, against one that waits in public everywhere at once.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { hiding } from '../../src/local-chain/rules.ts'
import type { Hex } from '../../src/model/hex.ts'
import { cli } from '../support/cli.ts'
import { expectOneEffectPerIntent, journalOf, recorded } from '../whole-path/facts.ts'
import type { Firebreak } from '../whole-path/processes.ts'
import { brakeWaits, onStage, quiet, waitingFrom, type Stage } from '../whole-path/run-scene.ts'
import { until } from '../whole-path/until.ts'
import { startRelay, type HeldByRelay, type RelayProcess } from './relay-process.ts'

const authKey: Hex = `0x${'77'.repeat(32)}`
const auth = privateKeyToAccount(authKey).address

interface WithRelay extends Stage {
  readonly relay: RelayProcess
  readonly start: () => Promise<Firebreak>
  /** A tenth is gone in a block, and nobody saw the transaction before. */
  readonly strike: () => Promise<void>
  readonly inPublic: () => Promise<readonly string[]>
  /** Waits until the relay holds something new. */
  readonly taken: (more?: number) => Promise<readonly HeldByRelay[]>
}

async function onRelay(kind: 'private-transaction' | 'bundle', act: (stage: WithRelay) => Promise<void>): Promise<void> {
  const hidden = new Set<string>()
  const relayText = `relay: { url: env('RELAY_URL'), kind: '${kind}', publicAfter: 2, auth: env('RELAY_AUTH') }`
  await onStage({ plan: { rpc: `env('SCENE_RPC'), ${relayText}` }, rules: [hiding(hidden)] }, async (stage) => {
    const { scene } = stage
    const relay = await startRelay(scene.anvil().httpUrl, auth)
    let before = 0
    try {
      await act({
        ...stage,
        relay,
        start: async () => {
          const run = stage.firebreak({ env: { RELAY_URL: relay.url, RELAY_AUTH: authKey }, words: ['--check-every', '0'] })
          await run.says(/ARMED/)
          await quiet(stage.proxy)
          return run
        },
        strike: async () => {
          const { raw, hash } = await scene.attack()
          hidden.add(hash)
          await scene.kit.broadcast(raw)
          await scene.kit.mine()
        },
        inPublic: async () => (await waitingFrom(scene, scene.guardian.address)).map((tx) => String(tx['hash'])),
        taken: async (more = 1) => {
          await until('the relay to be given something', async () => (await relay.held()).length >= before + more)
          const held = await relay.held()
          const fresh = held.slice(before)
          before = held.length
          return fresh
        },
      })
    } finally {
      await relay.stop()
    }
  })
}

/** The hashes of all forms of all intents. */
const formsOf = (stage: Stage): readonly string[] =>
  recorded(journalOf(stage.scene)).intents.flatMap((intent) => intent.attempts.map(({ hash }) => hash))

describe.each(['private-transaction', 'bundle'] as const)('a relay that takes %s', { timeout: 60_000 }, (kind) => {
  test('gets the brake alone against an attack that nobody saw waiting, and it is mined without having been shown', async () => {
    await onRelay(kind, async (stage) => {
      const { scene, relay } = stage
      const run = await stage.start()
      await stage.strike()
      const [first] = await stage.taken()
      expect(first?.method).toBe(kind === 'bundle' ? 'eth_sendBundle' : 'eth_sendPrivateTransaction')
      await quiet(stage.proxy)
      expect(await stage.inPublic()).toEqual([])
      expect(await relay.build()).toBeGreaterThan(0)
      await run.says(/HOLDS/)
      expect(await run.stop()).toBe(0)
      await expectOneEffectPerIntent(scene)
      expect(await scene.held()).toBe((scene.whole * 9n) / 10n)
      expect(
        recorded(journalOf(scene))
          .of('broadcast')
          .map(({ body }) => body),
      ).toEqual([expect.objectContaining({ to: 'relay', result: 'sent' })])
    })
  })

  test('that does not include it: better-paid forms go to it alone, and after publicAfter blocks to the public as well', async () => {
    await onRelay(kind, async (stage) => {
      const { scene } = stage
      const run = await stage.start()
      await stage.strike()
      const first = await stage.taken()
      await quiet(stage.proxy)
      await scene.kit.mine()
      const second = await stage.taken(2)
      await quiet(stage.proxy)
      expect(await stage.inPublic()).toEqual([])
      // The same bytes for the next block, and a form that pays more.
      expect(new Set([...first, ...second].flatMap((one) => one.hashes)).size).toBe(2)
      await scene.kit.mine()
      await brakeWaits(scene)
      const [shown] = await stage.inPublic()
      expect(formsOf(stage)).toContain(shown)
      await scene.kit.mine()
      await run.says(/HOLDS/)
      expect(await run.stop()).toBe(0)
      await expectOneEffectPerIntent(scene)
    })
  })

  test('hears of the brake against a public attack, which goes to everybody at once', async () => {
    await onRelay(kind, async (stage) => {
      const { scene } = stage
      const run = await stage.start()
      await scene.kit.broadcast((await scene.attack()).raw)
      await brakeWaits(scene)
      const [held] = await stage.taken()
      expect(await stage.inPublic()).toEqual(held?.hashes)
      await scene.kit.mine()
      await run.says(/HOLDS/)
      expect(await run.stop()).toBe(0)
      expect(await scene.held()).toBe(scene.whole)
      await expectOneEffectPerIntent(scene)
    })
  })
})

describe('the private-first rule', { timeout: 60_000 }, () => {
  test.each(['refuses', 'silent', 'lies'] as const)('the relay (%s) is of no use: public at once, and said', async (mode) => {
    await onRelay('private-transaction', async (stage) => {
      const { scene, relay } = stage
      await relay.mode(mode)
      const run = await stage.start()
      await stage.strike()
      await brakeWaits(scene)
      await run.says(
        /pause goes to the public mempool at once: the relay (refuses eth_sendPrivateTransaction: -32000 "not today"|does not answer within 2000 ms|says that it took another transaction than ours)/,
      )
      await scene.kit.mine()
      await run.says(/HOLDS/)
      expect(await run.stop()).toBe(0)
      await expectOneEffectPerIntent(scene)
    })
  })

  test('a relay that is down: public at once, and said; its address and key are written nowhere', async () => {
    await onRelay('bundle', async (stage) => {
      const { scene, relay } = stage
      const run = await stage.start()
      await relay.stop()
      await stage.strike()
      await brakeWaits(scene)
      await run.says(/pause goes to the public mempool at once: the relay cannot be reached \(ECONNREFUSED\)/)
      await scene.kit.mine()
      await run.says(/HOLDS/)
      expect(await run.stop()).toBe(0)
      const files = (await readdir(scene.folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
      const all = [
        run.said(),
        run.troubles(),
        ...(await Promise.all(files.map(async (one) => (await readFile(join(one.parentPath, one.name))).toString('latin1')))),
      ]
      for (const secret of [relay.url, 'relay-for-acme-77c1', authKey.slice(2)]) expect(all.join('\n').includes(secret), secret).toBe(false)
    })
  })

  test('a second stroke that waits in public takes the secret away: the brake goes out at once', async () => {
    await onRelay('private-transaction', async (stage) => {
      const { scene } = stage
      const run = await stage.start()
      await stage.strike()
      await stage.taken()
      await quiet(stage.proxy)
      expect(await stage.inPublic()).toEqual([])
      await scene.kit.broadcast((await scene.attack({ tip: 5_000_000_000n })).raw)
      // What was hidden goes out as it is, and a form that is ahead of this attack right behind it.
      await until('a brake that pays more than the attack', async () =>
        (await waitingFrom(scene, scene.guardian.address)).some((tx) => BigInt(tx['maxPriorityFeePerGas'] ?? 0) > 5_000_000_000n),
      )
      await scene.kit.mine()
      await run.says(/HOLDS/)
      expect(await run.stop()).toBe(0)
      expect(await scene.held()).toBe((scene.whole * 9n) / 10n)
      await expectOneEffectPerIntent(scene)
    })
  })

  test('it holds across a kill: what was hidden stays hidden', async () => {
    await onRelay('private-transaction', async (stage) => {
      const { scene, relay } = stage
      const first = await stage.start()
      await stage.strike()
      await stage.taken()
      first.kill()
      await first.exited
      const run = await stage.start()
      await stage.taken()
      expect(await stage.inPublic()).toEqual([])
      await relay.build()
      await run.says(/HOLDS/)
      expect(await run.stop()).toBe(0)
      await expectOneEffectPerIntent(scene)
    })
  })

  test('what a person pulls goes to everybody', async () => {
    await onRelay('private-transaction', async (stage) => {
      const { scene, relay } = stage
      const env = {
        SCENE_RPC: scene.anvil().ipcPath,
        RELAY_URL: relay.url,
        RELAY_AUTH: authKey,
        GUARDIAN_KEY: scene.guardian.privateKey,
        FIREBREAK_STATE: join(scene.folder, 'state'),
      }
      const pulling = cli(['pull', 'pause', '--plan', scene.plan, '--because', 'a test', '--yes', '--wait', '20'], { env })
      await brakeWaits(scene)
      await scene.kit.mine()
      expect((await pulling).code).toBe(0)
    })
  })

  test('check says what a relay, its silence and its absence mean', async () => {
    await onRelay('private-transaction', async (stage) => {
      const { scene, relay } = stage
      const env = { SCENE_RPC: scene.anvil().ipcPath, RELAY_URL: relay.url, RELAY_AUTH: authKey, GUARDIAN_KEY: scene.guardian.privateKey }
      const there = await cli(['check', '--plan', scene.plan], { env })
      expect(there.out).toMatch(/the block after it, through the private relay; if it does not take it, in public after 2 blocks/)
      expect(there.out).not.toMatch(/its private relay/)
      await relay.stop()
      expect((await cli(['check', '--plan', scene.plan], { env })).out).toMatch(
        /local: its private relay cannot be reached \(ECONNREFUSED\)/,
      )
    })
    await onStage({}, async ({ scene }) => {
      const env = { SCENE_RPC: scene.anvil().ipcPath, GUARDIAN_KEY: scene.guardian.privateKey }
      expect((await cli(['check', '--plan', scene.plan], { env })).out).toMatch(
        /local: has no private relay: a brake against an attack that nobody saw waiting/,
      )
    })
  })
})
