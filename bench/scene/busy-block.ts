// A block of 300 logs, mined on the benches' chain: a hundred senders, three transfers each.
import { encodeCall } from '../../packages/firebreak/src/drill/encode.ts'
import type { Address, Hex } from '../../packages/firebreak/src/model/hex.ts'
import { routerAbi } from './abi.ts'
import type { BenchScene, Request } from './scene.ts'

/** The chain has to have this many accounts of its own. */
export const transactions = 100
export const logsEach = 3

export async function busyBlock(request: Request, scene: BenchScene): Promise<Hex> {
  const senders = (await request('eth_accounts', [])) as readonly Address[]
  for (const from of senders) {
    const data = encodeCall(routerAbi, 'route', [scene.tokens, from])
    await request('eth_sendTransaction', [
      { from, to: scene.router, data, gas: '0x7a120', maxFeePerGas: '0x3b9aca00', maxPriorityFeePerGas: '0x3b9aca00' },
    ])
  }
  await request('evm_mine', [])
  const block = (await request('eth_getBlockByNumber', ['latest', false])) as { readonly hash: Hex }
  return block.hash
}
