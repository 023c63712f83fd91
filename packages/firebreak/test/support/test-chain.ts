// Test support: a real local chain with hostile and talkative contracts on it.
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeDeployData, hexToBigInt } from 'viem'
import type { Abi } from 'abitype'
import { z } from 'zod'
import type { BlockRef } from '../../src/model/chain.ts'
import type { Read } from '../../src/model/call.ts'
import type { TrialCall } from '../../src/model/decision.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import { startAnvil } from '../../src/local-chain/anvil.ts'
import type { AnvilOptions } from '../../src/local-chain/anvil.ts'
import { startProxy } from '../../src/local-chain/ipc-proxy.ts'
import { compileSolidity } from '../../src/local-chain/solc.ts'
import { strictNode } from '../../src/local-chain/strict-node.ts'
import { connect } from '../../src/chain/transport/connect.ts'
import type { Rpc } from '../../src/chain/transport/rpc.ts'

const source = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Hostile {
    function burn() external view returns (uint256 n) { while (gasleft() > 0) n++; }
    function invalid() external pure returns (uint256) { assembly { invalid() } }
    function silent() external pure returns (uint256) { assembly { revert(0, 0) } }
    function bomb(uint256 size) external pure { assembly { return(0, size) } }
    function revertBomb(uint256 size) external pure { assembly { revert(0, size) } }
    function braces() external pure returns (uint256) { revert("oops {\\n}\\"]\\u202e"); }
    function panics(uint256 by) external pure returns (uint256) { return 1 / by; }
    function fine() external pure returns (uint256) { return 7; }
    function list(uint256 n) external pure returns (uint256[] memory all) { all = new uint256[](n); for (uint256 i; i < n; i++) all[i] = i; }
    function pair() external view returns (address, bool) { return (address(this), true); }
}

contract Context {
    uint256 public count;
    event Seen(uint256 number, uint256 time, uint256 baseFee, address indexed coinbase, uint256 randao, uint256 limit);

    function number() external view returns (uint256) { return block.number; }
    function time() external view returns (uint256) { return block.timestamp; }
    function randao() external view returns (uint256) { return block.prevrandao; }
    function baseFee() external view returns (uint256) { return block.basefee; }
    function coinbase() external view returns (address) { return block.coinbase; }
    function look() external { count++; emit Seen(block.number, block.timestamp, block.basefee, block.coinbase, block.prevrandao, block.gaslimit); }
    function fail() external { count++; revert("not today {"); }
}
`

const blockShape = z.object({
  number: z.string(),
  hash: z.string(),
  parentHash: z.string(),
  timestamp: z.string(),
  baseFeePerGas: z.string(),
  gasLimit: z.string(),
  gasUsed: z.string(),
  miner: z.string(),
  mixHash: z.string(),
})

const isHex = (text: unknown): text is Hex => typeof text === 'string' && text.startsWith('0x')
const asHex = (text: unknown): Hex => {
  if (!isHex(text)) throw new Error(`not hex: ${String(text)}`)
  return text
}

export interface TestChain {
  readonly rpc: Rpc
  readonly hostile: { readonly address: Address; readonly abi: Abi }
  readonly context: { readonly address: Address; readonly abi: Abi }
  /** Funded and unlocked. */
  readonly accounts: readonly Address[]
  readonly head: () => Promise<BlockRef>
  readonly stop: () => Promise<void>
}

export async function startTestChain(options: AnvilOptions = {}): Promise<TestChain> {
  const anvil = await startAnvil(options)
  // anvil lets pass what real nodes refuse; behind this it does not.
  const proxy = await startProxy({ upstream: anvil.ipcPath, rules: strictNode() })
  const rpc = connect(proxy.ipcPath, 'test')
  const stop = async (): Promise<void> => {
    await rpc.close()
    await proxy.close()
    await anvil.stop()
  }
  try {
    const accounts = z
      .array(z.string())
      .parse(await rpc.request('eth_accounts', []))
      .map(asHex)
    const contracts = compileSolidity({ 'Hostile.sol': source }, { evmVersion: 'paris' })
    /** anvil answers before it has mined. */
    const deployedBy = async (hash: unknown): Promise<Address> => {
      for (let tries = 0; tries < 500; tries++) {
        const receipt = z
          .object({ contractAddress: z.string() })
          .nullable()
          .parse(await rpc.request('eth_getTransactionReceipt', [hash]))
        if (receipt) return asHex(receipt.contractAddress)
        await sleep(5)
      }
      throw new Error('not mined')
    }
    const deploy = async (name: string): Promise<{ address: Address; abi: Abi }> => {
      const contract = contracts[name]
      if (!contract) throw new Error(`no contract ${name}`)
      const data = encodeDeployData({ abi: contract.abi, bytecode: contract.bytecode })
      const hash = await rpc.request('eth_sendTransaction', [{ from: accounts[0], data }])
      return { address: await deployedBy(hash), abi: contract.abi }
    }
    const head = async (): Promise<BlockRef> => {
      const block = blockShape.parse(await rpc.request('eth_getBlockByNumber', ['latest', false]))
      return {
        chain: 'test',
        number: hexToBigInt(asHex(block.number)),
        hash: asHex(block.hash),
        parent: asHex(block.parentHash),
        timestamp: hexToBigInt(asHex(block.timestamp)),
        baseFee: hexToBigInt(asHex(block.baseFeePerGas)),
        gasLimit: hexToBigInt(asHex(block.gasLimit)),
        gasUsed: hexToBigInt(asHex(block.gasUsed)),
        feeRecipient: asHex(block.miner),
        prevRandao: asHex(block.mixHash),
      }
    }
    return { rpc, hostile: await deploy('Hostile'), context: await deploy('Context'), accounts, head, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export function readOf<out = unknown>(
  contract: { readonly address: Address; readonly abi: Abi },
  name: string,
  args: readonly unknown[] = [],
): Read<out> {
  const fn = contract.abi.find((entry) => entry.type === 'function' && entry.name === name)
  if (fn?.type !== 'function') throw new Error(`no function ${name}`)
  return { kind: 'read', chain: 'test', to: contract.address, fn, args }
}

/** An ordinary call with room for its fees. */
export function trialCall(from: Address, to: Address | undefined, data: Hex, more: Partial<TrialCall> = {}): TrialCall {
  return { from, to, data, value: 0n, gas: 500_000n, maxFee: 10_000_000_000n, maxTip: 1_000_000_000n, nonce: undefined, ...more }
}
