// A Safe's transaction as plain data: what its owners sign, the hashes that a hardware wallet shows, and the call that carries it out.
import { concatHex, encodeAbiParameters, encodeFunctionData, encodePacked, getAddress, keccak256, pad, parseAbi, toHex } from 'viem'
import type { EncodedCall } from '../../model/call.ts'
import type { Address, Hex } from '../../model/hex.ts'

export interface SafeTx {
  readonly to: Address
  readonly value: bigint
  readonly data: Hex
  /** 0: a call · 1: a delegatecall, which only MultiSend is given. */
  readonly operation: 0 | 1
  readonly nonce: bigint
}

/** Which Safe on which chain: the same transaction elsewhere has another hash. */
export interface SafePlace {
  readonly chainId: number
  readonly safe: Address
}

export interface SafeHashes {
  readonly domain: Hex
  readonly message: Hex
  readonly safeTx: Hex
}

/** Nobody is refunded, nothing is bounded: with a gas limit of 0 a call that fails makes the whole transaction revert, and its nonce stays. */
const unused = { safeTxGas: 0n, baseGas: 0n, gasPrice: 0n, gasToken: pad('0x', { size: 20 }), refundReceiver: pad('0x', { size: 20 }) }

const domainType = keccak256(toHex('EIP712Domain(uint256 chainId,address verifyingContract)'))
const txType = keccak256(
  toHex(
    'SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)',
  ),
)

const exec = parseAbi([
  'function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures) payable returns (bool)',
])
const multi = parseAbi(['function multiSend(bytes transactions) payable'])

/** One call as it is; several through a call-only MultiSend, so that all of them happen or none. */
export function safeTxOf(calls: readonly EncodedCall[], nonce: bigint, multiSend: Address): SafeTx {
  const [only] = calls
  if (only && calls.length === 1) return { to: only.to, value: 0n, data: only.data, operation: 0, nonce }
  const packed = concatHex(
    calls.map(({ to, data }) =>
      encodePacked(['uint8', 'address', 'uint256', 'uint256', 'bytes'], [0, to, 0n, BigInt((data.length - 2) / 2), data]),
    ),
  )
  const data = encodeFunctionData({ abi: multi, functionName: 'multiSend', args: [packed] })
  return { to: multiSend, value: 0n, data, operation: 1, nonce }
}

/** What is hashed for the message, as versions before 1.5.0 hand it to contracts that sign. */
export function preimageOf(tx: SafeTx, place: SafePlace): Hex {
  return concatHex(['0x1901', domainHash(place), messageHash(tx)])
}

export function safeHashes(tx: SafeTx, place: SafePlace): SafeHashes {
  return { domain: domainHash(place), message: messageHash(tx), safeTx: keccak256(preimageOf(tx, place)) }
}

const domainHash = ({ chainId, safe }: SafePlace): Hex =>
  keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }, { type: 'address' }], [domainType, BigInt(chainId), safe]))

function messageHash({ to, value, data, operation, nonce }: SafeTx): Hex {
  const types = ['bytes32', 'address', 'uint256', 'bytes32', 'uint8', 'uint256', 'uint256', 'uint256', 'address', 'address', 'uint256']
  return keccak256(
    encodeAbiParameters(
      types.map((type) => ({ type })),
      [
        txType,
        to,
        value,
        keccak256(data),
        operation,
        unused.safeTxGas,
        unused.baseGas,
        unused.gasPrice,
        unused.gasToken,
        unused.refundReceiver,
        nonce,
      ],
    ),
  )
}

/** The call that anybody may send once enough owners have signed. */
export function execCall(safe: Address, name: string, tx: SafeTx, signatures: Hex): EncodedCall {
  const { safeTxGas, baseGas, gasPrice, gasToken, refundReceiver } = unused
  const data = encodeFunctionData({
    abi: exec,
    functionName: 'execTransaction',
    args: [tx.to, tx.value, tx.data, tx.operation, safeTxGas, baseGas, gasPrice, gasToken, refundReceiver, signatures],
  })
  return { to: safe, data, label: `${name}.execTransaction(nonce ${tx.nonce})` }
}

/** For wallets and for the transaction service: every field by name. */
export function typedDataOf(tx: SafeTx, place: SafePlace) {
  const field = (name: string, type: string): { readonly name: string; readonly type: string } => ({ name, type })
  return {
    types: {
      EIP712Domain: [field('chainId', 'uint256'), field('verifyingContract', 'address')],
      SafeTx: [
        field('to', 'address'),
        field('value', 'uint256'),
        field('data', 'bytes'),
        field('operation', 'uint8'),
        field('safeTxGas', 'uint256'),
        field('baseGas', 'uint256'),
        field('gasPrice', 'uint256'),
        field('gasToken', 'address'),
        field('refundReceiver', 'address'),
        field('nonce', 'uint256'),
      ],
    },
    primaryType: 'SafeTx' as const,
    domain: { chainId: place.chainId, verifyingContract: place.safe },
    message: messageOf(tx),
  }
}

/** The message's fields as JSON writes them. */
export function messageOf({ to, value, data, operation, nonce }: SafeTx) {
  return {
    to,
    value: value.toString(),
    data,
    operation,
    safeTxGas: '0',
    baseGas: '0',
    gasPrice: '0',
    gasToken: unused.gasToken,
    refundReceiver: unused.refundReceiver,
    nonce: nonce.toString(),
  }
}

export interface InnerCall {
  readonly to: Address
  readonly value: bigint
  readonly data: Hex
  readonly operation: number
}

/** The calls inside, taken out of the very bytes that are signed; undefined when they are not what MultiSend reads. */
export function innerCalls(tx: SafeTx): readonly InnerCall[] | undefined {
  if (tx.operation === 0) return [tx]
  // multiSend(bytes): selector, offset, length, then the packed transactions.
  if (!tx.data.startsWith(multiSendSelector) || tx.data.slice(10, 74) !== '20'.padStart(64, '0')) return undefined
  const size = Number(BigInt(`0x${tx.data.slice(74, 138) || '0'}`))
  const packed = tx.data.slice(138, 138 + size * 2)
  if (packed.length !== size * 2) return undefined
  const calls: InnerCall[] = []
  for (let at = 0; at < packed.length;) {
    const head = packed.slice(at, at + 170)
    if (head.length < 170) return undefined
    const length = Number(BigInt(`0x${head.slice(106, 170)}`)) * 2
    const data = packed.slice(at + 170, at + 170 + length)
    if (data.length !== length) return undefined
    calls.push({
      operation: Number.parseInt(head.slice(0, 2), 16),
      to: getAddress(`0x${head.slice(2, 42)}`),
      value: BigInt(`0x${head.slice(42, 106)}`),
      data: `0x${data}`,
    })
    at += 170 + length
  }
  return calls
}

/** keccak256('multiSend(bytes)') */
const multiSendSelector = '0x8d80ff0a'
