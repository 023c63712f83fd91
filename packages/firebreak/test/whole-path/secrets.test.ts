// Runs the public path with an API key in the endpoint's URL and a private key in the environment, then looks for both in everything written.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expectOneEffectPerIntent } from './facts.ts'
import { httpFront } from './http-front.ts'
import { brakeWaits, onStage } from './run-scene.ts'

const apiKey = 'k3y0f4rent3dn0de8a7b6c5d'

test('neither is written anywhere', async () => {
  await onStage({}, async (stage) => {
    const { scene } = stage
    const front = await httpFront(scene.anvil().httpUrl, apiKey)
    try {
      const firebreak = stage.firebreak({ endpoint: front.url, record: join(scene.folder, 'recording') })
      await firebreak.says(/ARMED/)
      // Trouble with the node is what most often carries its address into a log.
      front.answer((method) => (method === 'debug_traceCall' ? `{"error":"no trace at ${front.url}"}` : undefined))
      await scene.kit.broadcast((await scene.attack()).raw)
      await brakeWaits(scene)
      front.answer(() => `cannot reach ${front.url}`)
      await firebreak.says(/trouble/)
      front.answer(undefined)
      await scene.kit.mine()
      await firebreak.says(/HOLDS/)
      const alive = await written(scene.folder)
      expect(await firebreak.stop()).toBe(0)
      expect(await scene.held()).toBe(scene.whole)
      await expectOneEffectPerIntent(scene)

      const all = new Map([...[...alive].map(([file, text]) => [`${file}, running`, text] as const), ...(await written(scene.folder))])
      all.set('stdout', firebreak.said()).set('stderr', firebreak.troubles())
      expect([...all.keys()].join()).toMatch(/vault\.journal.*vault\.journal-wal.*recording/)
      for (const [file, text] of all) {
        for (const secret of [apiKey, front.url, scene.guardian.privateKey.slice(2)])
          expect(text.toLowerCase().includes(secret.toLowerCase()), `${file} holds a secret`).toBe(false)
      }
    } finally {
      await front.close()
    }
  })
})

test('nor said by a start that fails', async () => {
  await onStage({}, async (stage) => {
    const front = await httpFront(stage.scene.anvil().httpUrl, apiKey)
    await front.close()
    const firebreak = stage.firebreak({ endpoint: front.url })
    await firebreak.exited
    expect(firebreak.troubles()).toMatch(/mend:/)
    expect(firebreak.said() + firebreak.troubles()).not.toContain(apiKey)
  })
})

/** Everything under the folder, byte for byte, but the plan that we wrote. */
async function written(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
  const read = files.map(async (one) => {
    const path = join(one.parentPath, one.name)
    return [path, (await readFile(path)).toString('latin1')] as const
  })
  return new Map(await Promise.all(read))
}
