// Waiting transactions for the benches, as a node would announce them.
import { keccak256, toBytes } from 'viem/utils'
import { parseTransaction } from '../../packages/firebreak/src/chain/parse.ts'
import { encodeCall } from '../../packages/firebreak/src/drill/encode.ts'
import type { Transaction } from '../../packages/firebreak/src/model/chain.ts'
import { vaultAbi } from './abi.ts'
import type { BenchScene } from './scene.ts'

export const perRun = 500

/** Small withdrawals, each by another sender; judging looks at no signature. */
export function waitingTransactions(scene: BenchScene, run: number): readonly Transaction[] {
  const data = encodeCall(vaultAbi, 'withdraw', [scene.tokens[0], 1n])
  const parts = { type: '0x2', maxFeePerGas: '0x0', maxPriorityFeePerGas: '0x0', gas: '0x30d40', nonce: '0x0', value: '0x0' }
  return Array.from({ length: perRun }, (_, i) => {
    const hash = keccak256(toBytes(`firebreak bench ${run} ${i}`))
    return parseTransaction({ ...parts, hash, from: hash.slice(0, 42), to: scene.sides.ours.vault, input: data }, 'bench')
  })
}
