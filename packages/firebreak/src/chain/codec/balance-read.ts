// The balance of any asset at any address as a probe: a token's `balanceOf`, or the chain's own coin through the Reader.
import type { AbiFunction } from 'abitype'
import type { Probe } from '../../model/call.ts'
import type { Address } from '../../model/hex.ts'
import type { Asset } from '../../model/money.ts'
import { readerAddress } from '../reader/reader-address.ts'
import { encodeRead } from './encode-read.ts'
import { addressLabel } from './label.ts'
import type { NameOf } from './label.ts'

/** `coinBalance` of contracts/src/Reader.sol: where the Reader's code is lent, coins are read like a token. */
const coinBalance: AbiFunction = {
  type: 'function',
  name: 'coinBalance',
  stateMutability: 'view',
  inputs: [{ name: 'account', type: 'address' }],
  outputs: [{ name: '', type: 'uint256' }],
}

const balanceOf: AbiFunction = { ...coinBalance, name: 'balanceOf' }

export function balanceProbe(asset: Pick<Asset, 'name' | 'chain' | 'token'>, holder: Address, nameOf?: NameOf): Probe<bigint> {
  const [to, fn] = asset.token === undefined ? [readerAddress, coinBalance] : [asset.token, balanceOf]
  const probe = encodeRead<bigint>({ kind: 'read', chain: asset.chain, to, fn, args: [holder] }, nameOf)
  return { ...probe, label: `${asset.name} of ${addressLabel(holder, nameOf)}` }
}
