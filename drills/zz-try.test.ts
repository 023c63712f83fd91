import { it } from 'vitest'
import drill from '/work/main/drills/empty-market/drill.ts'
import { stageOf, rob, perform, robBehind } from '/work/main/drills/shared/testing.ts'
it('try', async () => {
  const stage = await stageOf(drill, 1)
  const { kit } = stage
  try {
    const a = await kit.actor('x')
    for (const maxFee of [1n, 5n, 7n]) {
      const raw = await kit.sign(a, { to: a.address, gas: 21000n, maxFee, tip: 1n })
      await kit.broadcast(raw).then(
        (h) => console.log('ok', h),
        (e) => console.log(String(e)),
      )
      kit.forgetSigned()
    }
    const b: any = await kit.rpc('eth_getBlockByNumber', ['latest', false])
    console.log(BigInt(b.baseFeePerGas), BigInt(b.number), await kit.rpc('txpool_status', []))
    await kit.rpc('anvil_setNextBlockBaseFeePerGas', ['0x3b9aca00'])
    await kit.mine()
    const raw = await kit.sign(a, { to: a.address, gas: 21000n, maxFee: 100000000n, tip: 1n })
    await kit.broadcast(raw).then(
      (h) => console.log('ok', h),
      (e) => console.log(String(e)),
    )
    console.log(await kit.rpc('txpool_status', []))
    await kit.mine()
    console.log(await kit.rpc('txpool_status', []))
    for (let i = 0; i < 30; i++) await kit.mine()
    console.log(await kit.rpc('txpool_status', []))
    const c = await kit.actor('y')
    const raw2 = await kit.sign(c, { to: a.address, gas: 21000n })
    await kit.rpc('anvil_setBalance', [c.address, '0x3e8'])
    await kit.broadcast(raw2).then(
      (h) => console.log('ok', h),
      (e) => console.log(String(e)),
    )
  } finally {
    await stage.stop()
  }
}, 60000)
