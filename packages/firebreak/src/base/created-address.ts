// Where a deployment puts its contract.
import { getContractAddress } from 'viem'
import type { Address } from '../model/hex.ts'

export function createdBy(from: Address, nonce: bigint): Address {
  return getContractAddress({ from, nonce })
}
