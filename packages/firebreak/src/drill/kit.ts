// What a scene builds with: signed transactions from funded accounts, one block each, on a local anvil that mines on request.
import type { Abi } from 'abitype'
import { decodeFunctionResult, encodeDeployData, getAddress, keccak256, numberToHex, sliceHex, toBytes } from 'viem/utils'
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'
import type { Address, Hex } from '../model/hex.ts'
import type { Actor, Artifact, Kit, TransactionRequest } from './define.ts'
import { encodeCall } from './encode.ts'
import { seededRandom } from './random.ts'
import { revertReason } from './revert.ts'

export interface KitOptions {
  /** JSON-RPC to the local chain; throws what the node answers as an error. */
  readonly request: (method: string, params: readonly unknown[]) => Promise<unknown>
  readonly seed: number
  readonly chainId: number
}

export interface LocalKit extends Kit {
  /** After the chain was reverted to a snapshot: forgets nonces that were signed and never sent, and funds again whom the snapshot does not know. */
  readonly afterRevert: () => Promise<void>
  /** One block, by this proposer, so long after its parent. */
  readonly mineAs: (block: { readonly seconds?: number | undefined; readonly proposer?: Address | undefined }) => Promise<void>
}

/** A transaction of the scene failed; the message carries the contract's own reason. */
export class SceneError extends Error {
  override readonly name = 'SceneError'
}

const coins = 10_000n * 10n ** 18n
const ordinaryTip = 10n ** 9n
const secondsPerBlock = 12n

const quantity = (value: unknown): bigint => {
  if (typeof value !== 'string') throw new SceneError(`the node answered ${String(value)} where a number was expected`)
  return BigInt(value)
}
const hexOf = (value: unknown): Hex => {
  if (typeof value !== 'string' || !value.startsWith('0x'))
    throw new SceneError(`the node answered ${String(value)} where bytes were expected`)
  return value as Hex
}
const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null) throw new SceneError(`the node answered ${String(value)} where an object was expected`)
  return value as Readonly<Record<string, unknown>>
}

export function makeKit({ request, seed, chainId }: KitOptions): LocalKit {
  const accounts = new Map<Address, PrivateKeyAccount>()
  const nextNonce = new Map<Address, number>()

  const latest = async (): Promise<Readonly<Record<string, unknown>>> => fieldsOf(await request('eth_getBlockByNumber', ['latest', false]))

  const actor = async (name: string): Promise<Actor> => {
    const privateKey = keccak256(toBytes(`firebreak drill actor ${seed} ${name}`))
    const account = privateKeyToAccount(privateKey)
    accounts.set(account.address, account)
    await fund(account.address)
    return { address: account.address, privateKey }
  }

  /** Asked each time, because a chain that was reverted to a snapshot may not know the account any more. */
  const fund = async (address: Address): Promise<void> => {
    const balance = quantity(await request('eth_getBalance', [address, 'latest']))
    const used = quantity(await request('eth_getTransactionCount', [address, 'latest']))
    if (balance === 0n && used === 0n) await request('anvil_setBalance', [address, numberToHex(coins)])
  }

  const nonceOf = async (address: Address): Promise<number> => {
    const known = Number(quantity(await request('eth_getTransactionCount', [address, 'pending'])))
    return Math.max(known, nextNonce.get(address) ?? 0)
  }

  const estimated = async (from: Actor, tx: TransactionRequest): Promise<bigint> => {
    const call = { from: from.address, to: tx.to, data: tx.data, value: numberToHex(tx.value ?? 0n) }
    try {
      return (quantity(await request('eth_estimateGas', [call])) * 13n) / 10n + 10_000n
    } catch (error) {
      throw new SceneError(`the transaction would fail: ${revertReason(error)}`, { cause: error })
    }
  }

  /** A transaction that may revert cannot be estimated: it gets room, and fails on chain. */
  const roomFor = async (from: Actor, tx: TransactionRequest, mayRevert: boolean): Promise<bigint> => {
    try {
      return await estimated(from, tx)
    } catch (error) {
      if (mayRevert) return 3_000_000n
      throw error
    }
  }

  const signWith = async (from: Actor, tx: TransactionRequest, gas: bigint): Promise<Hex> => {
    const account = accounts.get(from.address) ?? privateKeyToAccount(from.privateKey)
    const tip = tx.tip ?? ordinaryTip
    const maxFee = tx.maxFee ?? quantity((await latest())['baseFeePerGas']) * 2n + tip
    const nonce = tx.nonce ?? (await nonceOf(from.address))
    if (tx.nonce === undefined) nextNonce.set(from.address, nonce + 1)
    return account.signTransaction({
      type: 'eip1559',
      chainId,
      nonce,
      gas,
      maxFeePerGas: maxFee,
      maxPriorityFeePerGas: tip < maxFee ? tip : maxFee,
      value: tx.value ?? 0n,
      ...(tx.to === undefined ? {} : { to: tx.to }),
      ...(tx.data === undefined ? {} : { data: tx.data }),
      ...(tx.accessList === undefined ? {} : { accessList: tx.accessList }),
    })
  }

  const sign = async (from: Actor, tx: TransactionRequest): Promise<Hex> => signWith(from, tx, tx.gas ?? (await estimated(from, tx)))

  const broadcast = async (raw: Hex): Promise<Hex> => hexOf(await request('eth_sendRawTransaction', [raw]))

  /** Real chains have several proposers, and attackers look at who it is. */
  const proposers = Array.from({ length: 4 }, (_, i) =>
    getAddress(sliceHex(keccak256(toBytes(`firebreak drill proposer ${seed} ${i}`)), 12)),
  )
  const proposerOf = (block: bigint): Address => proposers[Number(block % BigInt(proposers.length))] ?? getAddress(`0x${'c0'.repeat(20)}`)

  const mineAfter = async (seconds: bigint, proposer?: Address): Promise<void> => {
    const before = await latest()
    const at = quantity(before['timestamp']) + seconds
    await request('anvil_setCoinbase', [proposer ?? proposerOf(quantity(before['number']) + 1n)])
    await request('evm_setNextBlockTimestamp', [numberToHex(at)])
    await request('evm_mine', [])
  }
  const mine = async (blocks = 1): Promise<void> => {
    if (blocks < 1) return
    await mineAfter(secondsPerBlock)
    // The others in a few requests: scenes let hundreds of blocks pass.
    let left = blocks - 1
    while (left > 0) {
      const some = Math.min(left, Math.ceil(blocks / proposers.length))
      await request('anvil_setCoinbase', [proposerOf(BigInt(left))])
      await request('anvil_mine', [numberToHex(some), numberToHex(secondsPerBlock)])
      left -= some
    }
  }
  const wait = async (seconds: number): Promise<void> => mineAfter(BigInt(seconds))

  const sendForReceipt = async (from: Actor, tx: TransactionRequest, mayRevert: boolean): Promise<Readonly<Record<string, unknown>>> => {
    const hash = await broadcast(await signWith(from, tx, tx.gas ?? (await roomFor(from, tx, mayRevert))))
    await mine()
    const receipt = await request('eth_getTransactionReceipt', [hash])
    if (receipt === null) throw new SceneError(`transaction ${hash} was not mined in the next block`)
    const fields = fieldsOf(receipt)
    if (quantity(fields['status']) === 0n && !mayRevert)
      throw new SceneError(`the transaction failed: ${await whyFailed(from, tx, fields)}`)
    return fields
  }

  const whyFailed = async (from: Actor, tx: TransactionRequest, receipt: Readonly<Record<string, unknown>>): Promise<string> => {
    const parent = numberToHex(quantity(receipt['blockNumber']) - 1n)
    const call = { from: from.address, to: tx.to, data: tx.data, value: numberToHex(tx.value ?? 0n) }
    try {
      await request('eth_call', [call, parent])
      return quantity(receipt['gasUsed']) === tx.gas ? 'it ran out of gas' : 'it succeeds when called alone'
    } catch (error) {
      return revertReason(error)
    }
  }

  const send: Kit['send'] = async (from, tx, options) =>
    hexOf((await sendForReceipt(from, tx, options?.mayRevert ?? false))['transactionHash'])

  const deploy = async (artifact: Artifact, args: readonly unknown[], from: Actor): Promise<Address> => {
    const data = encodeDeployData({ abi: artifact.abi as Abi, bytecode: artifact.bytecode, args })
    return getAddress(hexOf((await sendForReceipt(from, { data }, false))['contractAddress']))
  }

  const call: Kit['call'] = async (from, to, abi, functionName, args) => send(from, { to, data: encodeCall(abi, functionName, args) })

  const read: Kit['read'] = async (to, abi, functionName, args = []) => {
    const typed = abi as Abi
    try {
      const data = hexOf(await request('eth_call', [{ to, data: encodeCall(abi, functionName, args) }, 'latest']))
      return decodeFunctionResult({ abi: typed, functionName, args, data })
    } catch (error) {
      throw new SceneError(`${functionName}() of ${to} could not be read: ${revertReason(error)}`, { cause: error })
    }
  }

  return {
    seed,
    random: seededRandom(`firebreak drill ${seed}`),
    actor,
    deploy,
    send,
    call,
    read,
    sign,
    broadcast,
    mine,
    wait,
    rpc: request,
    afterRevert: async () => {
      nextNonce.clear()
      await Promise.all([...accounts.keys()].map(fund))
    },
    mineAs: async ({ seconds, proposer }) => mineAfter(seconds === undefined ? secondsPerBlock : BigInt(seconds), proposer),
  }
}
