import { test } from 'vitest'
import { onStage } from './run-scene.ts'
test('hang', async () => {
  for (let i = 0; i < 14; i++)
    await onStage({}, async (stage) => {
      const { scene } = stage
      const firebreak = stage.firebreak()
      await firebreak.says(/ARMED/)
      await scene.kit.broadcast((await scene.call(scene.owner, 'pause')).raw)
      await scene.kit.mine()
      await scene.kit.broadcast((await scene.attack()).raw)
      await scene.kit.mine(3)
      const t = performance.now()
      const code = await firebreak.stop()
      const ms = Math.round(performance.now() - t)
      console.log(i, code, ms)
      if (ms > 3000) console.log(firebreak.said(), '\n--\n', firebreak.troubles())
    })
}, 300_000)
