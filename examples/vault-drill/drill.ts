// A drill of one's own: the example's vault, its hole, and the plan beside this file.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileSolidity, defineDrill, encodeCall, type Hex } from 'firebreak/drill'

const million = 1_000_000n * 10n ** 6n

export default defineDrill({
  name: 'vault',
  about: 'A vault whose sweep() anyone may call; pausing the vault stops that.',
  plan: 'plan.ts',
  scene: async (kit) => {
    const { Vault, Coin } = compileSolidity({ 'Vault.sol': readFileSync(join(import.meta.dirname, '../vault/Vault.sol'), 'utf8') })
    if (!Vault || !Coin) throw new Error('Vault.sol does not hold the two contracts')
    const [owner, guardian, user, robber] = [
      await kit.actor('owner'),
      await kit.actor('guardian'),
      await kit.actor('user'),
      await kit.actor('robber'),
    ]

    const coin = await kit.deploy(Coin, [million], owner)
    const vault = await kit.deploy(Vault, [coin, guardian.address], owner)
    await kit.call(owner, coin, Coin.abi, 'transfer', [vault, million])
    await kit.call(user, vault, Vault.abi, 'deposit', [million])
    // Windows and trusted prices look back: let some ordinary time pass.
    await kit.mine(120)

    const toVault = (functionName: string, args: readonly unknown[]): { readonly to: Hex; readonly data: Hex; readonly gas: bigint } => ({
      to: vault,
      data: encodeCall(Vault.abi, functionName, args),
      gas: 200_000n,
    })
    // Drawn once: both runs, with Firebreak and without, have to see the same attack.
    const share = kit.random.big(40n, 60n)
    const sweep = (percent: bigint) => toVault('sweep', [robber.address, (million * percent) / 100n])
    const held = async (): Promise<bigint> => BigInt(String(await kit.read(coin, Coin.abi, 'balanceOf', [robber.address])))
    const nonceOf = async (): Promise<number> => Number(await kit.rpc('eth_getTransactionCount', [robber.address, 'pending']))

    return {
      deployment: { chainId: 31_337, vault, coin, guardian: guardian.address },
      keys: { GUARDIAN_KEY: guardian.privateKey },
      attack: async ({ tip, round }) => [await kit.sign(robber, { ...sweep(round === 0 ? share : 35n), tip })],
      aware: async ({ tip, round }) => {
        const name = ['just below the bound', 'everything', 'and once more, unseen'][round]
        const percent = [18n, 80n, 50n][round] ?? 0n
        return name === undefined ? undefined : { name, hidden: round === 2, txs: [await kit.sign(robber, { ...sweep(percent), tip })] }
      },
      quiet: () => [
        {
          name: 'the user withdraws a tenth',
          run: async () => void (await kit.broadcast(await kit.sign(user, toVault('withdraw', [million / 10n])))),
        },
        {
          name: 'and 8 % more: 90 % of the bound together',
          run: async () => void (await kit.broadcast(await kit.sign(user, toVault('withdraw', [(million * 8n) / 100n])))),
        },
      ],
      grief: () => [
        {
          name: 'an attack after a nonce gap',
          run: async () => void (await kit.broadcast(await kit.sign(robber, { ...sweep(100n), nonce: (await nonceOf()) + 5 }))),
        },
        {
          name: 'an attack from an account that cannot pay for it',
          run: async () => {
            const raw = await kit.sign(robber, { ...sweep(100n), nonce: await nonceOf() })
            await kit.rpc('anvil_setBalance', [robber.address, '0x3e8'])
            // A node may refuse it; then nobody sees it, which is just as well.
            await kit.broadcast(raw).catch(() => undefined)
          },
        },
      ],
      // A coin is a dollar: six decimals become eighteen.
      lost: async () => (await held()) * 10n ** 12n,
    }
  },
})
