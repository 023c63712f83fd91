import { test } from 'vitest'
import { firebreak, pauseBrake, startBank } from './scene.ts'
test('x', async () => {
  const scene = await startBank()
  try {
    const plan = await scene.plan('good', `${pauseBrake},
    pretend: { call: bank.write.pretend(), holds: bank.read.shut(), by: 'guardian', falsePauseCosts: '$1/h' },
    own: { call: bank.write.onlyOwner(), holds: bank.read.paused(), by: 'guardian', falsePauseCosts: '$1/h' },
    uncap: { call: bank.write.setCap(0n), holds: atMost(bank.read.cap(), 50n), lever: { read: bank.read.cap(), restrictsWhen: 'lower', unlimited: 0n }, by: 'guardian', falsePauseCosts: '$1/h' },
    cap: { call: bank.write.setCap(10n), holds: atMost(bank.read.cap(), 50n), lever: { read: bank.read.cap(), restrictsWhen: 'lower', unlimited: 0n }, by: 'guardian', falsePauseCosts: '$1/h' },
    abi: { call: bank.write.pause(), holds: bank.read.missing(), by: 'guardian', falsePauseCosts: '$1/h' },
    freeze: { call: bank.write.freeze(), holds: bank.read.frozen(), by: 'guardian', falsePauseCosts: '$1/h' }`)
    const r = await firebreak(scene, ['check', '--plan', plan])
    console.log(r.out, r.err, r.code)
  } finally { await scene.stop() }
})
