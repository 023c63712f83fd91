// Deploys the example on a local anvil, with a million dollars of a user's money in it: npx node examples/vault/deploy.ts
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileSolidity, encodeCall, type Address, type Hex } from 'firebreak/drill'
import { accounts, send } from './node.ts'

const folder = import.meta.dirname
const { Vault, Coin } = compileSolidity({ 'Vault.sol': readFileSync(join(folder, 'Vault.sol'), 'utf8') })
if (!Vault || !Coin) throw new Error('Vault.sol does not hold the two contracts')

const [owner, guardian, , user] = await accounts()
if (!owner || !guardian || !user) throw new Error('the node has no unlocked accounts: is it an anvil?')
const million = 1_000_000n * 10n ** 6n
const word = (value: string): string => value.replace('0x', '').toLowerCase().padStart(64, '0')

const deploy = async (bytecode: Hex, args: string): Promise<Address> => {
  const { contractAddress } = await send({ from: owner, data: `${bytecode}${args}` as Hex })
  if (!contractAddress) throw new Error('it was not deployed')
  return contractAddress
}

const coin = await deploy(Coin.bytecode, word(million.toString(16)))
const vault = await deploy(Vault.bytecode, word(coin) + word(guardian))
await send({ from: owner, to: coin, data: encodeCall(Coin.abi, 'transfer', [vault, million]) })
await send({ from: user, to: vault, data: encodeCall(Vault.abi, 'deposit', [million]) })

// What a compiler leaves behind, for `firebreak init`.
mkdirSync(join(folder, 'artifacts'), { recursive: true })
for (const [name, { abi }] of Object.entries({ Coin, Vault })) {
  writeFileSync(join(folder, 'artifacts', `${name}.json`), `${JSON.stringify({ abi }, null, 2)}\n`)
}

console.log(`coin      ${coin}`)
console.log(`vault     ${vault}, with $1,000,000 in it`)
console.log(`guardian  ${guardian}`)
