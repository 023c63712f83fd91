// Test support: a bank that only its council, a Safe of three owners, may pause.
import type { Actor } from '../../src/drill/define.ts'
import { encodeCall } from '../../src/drill/encode.ts'
import type { LocalKit } from '../../src/drill/kit.ts'
import { compileSolidity } from '../../src/local-chain/solc.ts'
import type { SafeAuthority } from '../../src/model/brake.ts'
import type { EncodedCall } from '../../src/model/call.ts'
import type { Address } from '../../src/model/hex.ts'
import { deploySafe, type DeployedSafe, type SafeVersion } from './safes.ts'

export const chainId = 31_337

export const bankSource = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract Bank {
    address public immutable council;
    bool public paused;
    uint256 public cap = 10;
    constructor(address council_) { council = council_; }
    modifier only() { require(msg.sender == council, "not the council"); _; }
    function pause() external only { paused = true; }
    function setCap(uint256 to) external only { cap = to; }
}
/** Signs whatever its friend signs, by both standards. */
contract Signer {
    function isValidSignature(bytes32, bytes calldata signature) external pure returns (bytes4) { return keccak256(signature) == keccak256("yes") ? bytes4(0x1626ba7e) : bytes4(0); }
    function isValidSignature(bytes calldata, bytes calldata signature) external pure returns (bytes4) { return keccak256(signature) == keccak256("yes") ? bytes4(0x20c13b0b) : bytes4(0); }
}
`

export interface BankCouncil {
  readonly safe: DeployedSafe
  readonly bank: Address
  readonly bankAbi: readonly unknown[]
  readonly authority: SafeAuthority
  readonly pause: readonly EncodedCall[]
  readonly both: readonly EncodedCall[]
}

export async function bankCouncil(kit: LocalKit, version: SafeVersion, owners: readonly Address[], executor: Actor): Promise<BankCouncil> {
  const safe = await deploySafe(kit, version, owners, 2, executor)
  const { Bank } = compileSolidity({ 'Bank.sol': bankSource })
  if (!Bank) throw new Error('the bank does not compile')
  const bank = await kit.deploy(Bank, [safe.address], executor)
  const call = (name: string, args: readonly unknown[] = []): EncodedCall => ({
    to: bank,
    data: encodeCall(Bank.abi, name, args),
    label: `bank.${name}(${args.join()})`,
  })
  return {
    safe,
    bank,
    bankAbi: Bank.abi,
    authority: {
      kind: 'safe',
      name: 'council',
      chain: 'test',
      chainId,
      address: safe.address,
      executor: 'sentinel',
      executorAddress: executor.address,
      service: undefined,
      serviceKey: undefined,
      multiSend: safe.multiSend,
      signersTakeMs: 60_000,
      known: [safe.handler],
    },
    pause: [call('pause')],
    both: [call('pause'), call('setCap', [1n])],
  }
}
