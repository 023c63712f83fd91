// Where contestants meet: attacks on their vaults one after the other, a block, the owner's release, another block.
import { privateKeyToAccount } from 'viem/accounts'
import type { Address, Hex } from '../../packages/firebreak/src/model/hex.ts'
import { attackData, releaseData, type BenchScene, type Request, type Side } from '../scene/scene.ts'
import type { Contestant } from './contestant.ts'

export type Name = 'ours' | 'floor'

export function arenaOf(
  request: Request,
  scene: BenchScene,
  sides: Readonly<Record<Name, Contestant>>,
): { readonly round: (names: readonly Name[]) => Promise<Partial<Record<Name, number>>> } {
  const data = attackData(scene)
  const nonces = new Map<Address, number>()
  const signed = async (key: Hex, tx: { readonly to: Address; readonly data: Hex; readonly tip: bigint }): Promise<Hex> => {
    const account = privateKeyToAccount(key)
    const nonce = nonces.get(account.address) ?? Number(await request('eth_getTransactionCount', [account.address, 'latest']))
    nonces.set(account.address, nonce + 1)
    return account.signTransaction({
      type: 'eip1559',
      chainId: scene.chainId,
      to: tx.to,
      data: tx.data,
      nonce,
      gas: 300_000n,
      maxFeePerGas: tx.tip,
      maxPriorityFeePerGas: tx.tip,
    })
  }
  const mined = async (names: readonly Name[]): Promise<void> => {
    await request('evm_mine', [])
    const block = Number(await request('eth_blockNumber', []))
    for (const name of names) sides[name].send({ kind: 'reach', block })
    for (const name of names) await sides[name].next('reached')
  }
  return {
    round: async (names) => {
      const took: Partial<Record<Name, number>> = {}
      const attacks = await Promise.all(names.map((name) => attack(scene.sides[name])))
      for (const [i, name] of names.entries()) {
        await request('eth_sendRawTransaction', [attacks[i]])
        took[name] = (await sides[name].next('sent')).ms
        await new Promise((done) => setTimeout(done, 10))
      }
      await mined(names)
      for (const name of names)
        await request('eth_sendRawTransaction', [
          await signed(scene.ownerKey, { to: scene.sides[name].vault, data: releaseData, tip: 2_000_000_000n }),
        ])
      await mined(names)
      return took
    },
  }

  function attack(side: Side): Promise<Hex> {
    return signed(side.attackerKey, { to: side.vault, data, tip: 3_000_000_000n })
  }
}
