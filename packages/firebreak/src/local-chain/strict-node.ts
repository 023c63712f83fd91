// Proxy rules that make anvil refuse what real nodes refuse.
import { keccak256, parseTransaction, recoverTransactionAddress } from 'viem'
import type { TransactionSerialized } from 'viem'
import type { AskNode, Reply, Rule } from './rules.ts'
import { NodeRefused, isRecord } from './rules.ts'
import { faultOf } from './strict-simulation.ts'

/** @example await startProxy({ upstream: chain.ipcPath, rules: strictNode() }) */
export function strictNode(): readonly Rule[] {
  return [strictSimulation(), strictReplacement()]
}

/** `eth_simulateV1`: geth fails the whole request where anvil carries on. */
function strictSimulation(): Rule {
  return {
    before: ({ method, params }, ask) =>
      method === 'eth_simulateV1' ? faultOf(params, ask).then((error) => error && { error }) : undefined,
  }
}

/** A waiting transaction is replaced only by one that raises both fees by at least a tenth; anvil is content with one wei. */
function strictReplacement(): Rule {
  // One after the other, the node's answer included: otherwise two replacements could both be compared with the one before them.
  let last: Promise<unknown> = Promise.resolve()
  return {
    before: ({ method, params }, ask) => {
      const [raw] = params
      if (method !== 'eth_sendRawTransaction' || typeof raw !== 'string') return undefined
      const reply = last.then(async () => (await replacementFault(raw, ask)) ?? passOn(method, params, ask))
      last = reply.catch(() => undefined)
      return reply
    },
  }
}

async function passOn(method: string, params: readonly unknown[], ask: AskNode): Promise<Reply> {
  try {
    return { result: await ask(method, params) }
  } catch (error) {
    if (error instanceof NodeRefused) return { error: error.error }
    throw error
  }
}

async function replacementFault(raw: string, ask: AskNode): Promise<Reply | undefined> {
  const sent = await read(raw)
  // What cannot be read is the node's to refuse.
  if (!sent) return undefined
  // The next free nonce replaces nothing; with thousands waiting the whole content is slow to read.
  if (amount(await ask('eth_getTransactionCount', [sent.from, 'pending'])) === BigInt(sent.nonce)) return undefined
  const waiting = waitingAt(await ask('txpool_content', []), sent.from, sent.nonce)
  if (!waiting || waiting.hash === sent.hash) return undefined
  const raises = (now: bigint, before: bigint): boolean => now * 100n >= before * 110n && now > before
  if (raises(sent.maxFee, waiting.maxFee) && raises(sent.maxTip, waiting.maxTip)) return undefined
  return { error: { code: -32_000, message: 'replacement transaction underpriced' } }
}

interface Fees {
  readonly hash: string
  readonly maxFee: bigint
  readonly maxTip: bigint
}

async function read(raw: string): Promise<(Fees & { readonly from: string; readonly nonce: bigint }) | undefined> {
  try {
    const serialized = raw as TransactionSerialized
    const transaction = parseTransaction(serialized)
    const from = await recoverTransactionAddress({
      serializedTransaction: serialized as Parameters<typeof recoverTransactionAddress>[0]['serializedTransaction'],
    })
    const maxFee = transaction.maxFeePerGas ?? transaction.gasPrice ?? 0n
    return {
      hash: keccak256(serialized),
      from: from.toLowerCase(),
      nonce: BigInt(transaction.nonce ?? 0),
      maxFee,
      maxTip: transaction.maxPriorityFeePerGas ?? maxFee,
    }
  } catch {
    return undefined
  }
}

function waitingAt(content: unknown, from: string, nonce: bigint): Fees | undefined {
  for (const part of ['pending', 'queued']) {
    const senders = isRecord(content) ? content[part] : undefined
    if (!isRecord(senders)) continue
    for (const [sender, transactions] of Object.entries(senders)) {
      if (sender.toLowerCase() !== from || !isRecord(transactions)) continue
      const found = Object.values(transactions).find(
        (transaction) => isRecord(transaction) && BigInt(String(transaction['nonce'])) === nonce,
      )
      if (!isRecord(found)) continue
      const maxFee = amount(found['maxFeePerGas'] ?? found['gasPrice'])
      return { hash: String(found['hash']), maxFee, maxTip: amount(found['maxPriorityFeePerGas'] ?? maxFee) }
    }
  }
  return undefined
}

function amount(value: unknown): bigint {
  return typeof value === 'string' || typeof value === 'bigint' ? BigInt(value) : 0n
}
