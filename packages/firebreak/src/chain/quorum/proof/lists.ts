// What a block holds, proven against the roots in its header: all of its transactions, and all of their receipts.
import { createMPT } from '@ethereumjs/mpt'
import { bytesToHex, concatHex, hexToBytes, keccak256, numberToHex, toRlp } from 'viem'
import type { Hex } from '../../../model/hex.ts'
import { fields, hexOf } from '../../parse.ts'
import { signedForm } from '../../signed-form.ts'
import { trimmed } from './header.ts'

type Raw = Readonly<Record<string, unknown>>

async function rootOf(items: readonly Hex[]): Promise<Hex> {
  const trie = await createMPT()
  for (const [index, item] of items.entries()) await trie.put(toRlp(index === 0 ? '0x' : numberToHex(index), 'bytes'), hexToBytes(item))
  return bytesToHex(trie.root())
}

/** The transactions of a block, if they are all of them and nothing else; senders are not part of the proof. */
export async function provenTransactions(block: unknown, root: Hex): Promise<readonly Raw[] | undefined> {
  const listed: unknown = fields(block, 'proof', 'a block')['transactions']
  if (!Array.isArray(listed)) return undefined
  const transactions = listed.map((one) => fields(one, 'proof', 'a transaction'))
  const forms = transactions.map((tx) => signedForm(tx))
  if (forms.some((form) => form === undefined)) return undefined
  const whole = forms.flatMap((form) => form ?? [])
  if ((await rootOf(whole)) !== root) return undefined
  return transactions.map((tx, i) => ({ ...tx, hash: keccak256(whole[i] ?? '0x') }))
}

/** The logs of a block, out of receipts that are all of them and nothing else. */
export async function provenLogs(receipts: unknown, root: Hex, transactions: readonly Hex[]): Promise<readonly Raw[] | undefined> {
  if (!Array.isArray(receipts) || receipts.length !== transactions.length) return undefined
  const listed = receipts.map((one) => fields(one, 'proof', 'a receipt'))
  if ((await rootOf(listed.map(receiptForm))) !== root) return undefined
  return listed.flatMap((receipt, i) => logsOf(receipt).map((log) => ({ ...log, transactionHash: transactions[i] })))
}

const logsOf = (receipt: Raw): readonly Raw[] =>
  Array.isArray(receipt['logs']) ? receipt['logs'].map((log: unknown) => fields(log, 'proof', 'a log')) : []

/** As it lies under the receipts' root. */
function receiptForm(receipt: Raw): Hex {
  const bytes = (value: unknown, what: string): Uint8Array => hexToBytes(hexOf(value, 'proof', what))
  const number = (value: unknown, what: string): Uint8Array => hexToBytes(trimmed(hexOf(value, 'proof', what)))
  const body = toRlp([
    // Before Byzantium a state root stood in the status' place.
    receipt['status'] === undefined ? bytes(receipt['root'], 'a root') : number(receipt['status'], 'a status'),
    number(receipt['cumulativeGasUsed'], 'gas used'),
    bytes(receipt['logsBloom'], 'a bloom'),
    logsOf(receipt).map((log) => [
      bytes(log['address'], 'an address'),
      (Array.isArray(log['topics']) ? log['topics'] : []).map((topic: unknown) => bytes(topic, 'a topic')),
      bytes(log['data'], 'log data'),
    ]),
  ])
  const type = Number(hexOf(receipt['type'] ?? '0x0', 'proof', 'a type'))
  return type === 0 ? body : concatHex([numberToHex(type), body])
}
