// The floor: a bare script that sends the very requests of our side for its own vault, then signs and sends.
import { privateKeyToAccount } from 'viem/accounts'
import { parseHeader } from '../../packages/firebreak/src/chain/parse.ts'
import { nextBlock } from '../../packages/firebreak/src/chain/next-block.ts'
import type { BlockRef } from '../../packages/firebreak/src/model/chain.ts'
import { bare, type Bare } from '../scene/bare.ts'
import { encodeCall } from '../../packages/firebreak/src/drill/encode.ts'
import { vaultAbi } from '../scene/abi.ts'
import { listen, tell, type ToSide } from './messages.ts'
import { filled, templatesOf, type Template } from './templates.ts'

interface Waiting {
  readonly hash: string
  readonly from: string
  readonly to?: string | null
  readonly input: string
  readonly value: string
  readonly gas: string
}

const isWaiting = (value: unknown): value is Waiting => typeof value === 'object' && value !== null && 'input' in value && 'from' in value

/** Whether a call tree touches the vault: what a bare script looks for. */
function touches(frame: unknown, vault: string): boolean {
  if (typeof frame !== 'object' || frame === null) return false
  if ('to' in frame && frame.to === vault) return true
  return 'calls' in frame && Array.isArray(frame.calls) && frame.calls.some((one) => touches(one, vault))
}

async function start(message: ToSide & { readonly kind: 'start' }): Promise<{ readonly node: Bare; readonly at: () => number }> {
  const { scene } = message
  const { ours, floor } = scene.sides
  const node = await bare(message.paths[0] ?? '')
  const vault = floor.vault.toLowerCase()
  const account = privateKeyToAccount(floor.guardianKey)
  const data = encodeCall(vaultAbi, 'pause', [1n])
  const swaps = [
    [ours.vault, floor.vault],
    [ours.guardian, floor.guardian],
    [ours.attacker, floor.attacker],
  ] as const
  const rounds: readonly (readonly Template[])[] = templatesOf(message.rounds, swaps)
  let head: BlockRef
  let values: readonly string[] = []
  let nonce = Number(await node.request('eth_getTransactionCount', [floor.guardian, 'latest']))

  const onHead = (raw: unknown): void => {
    head = parseHeader(raw, 'bench')
    const next = [nextBlock(head, 1), nextBlock(head, 2)]
    values = [head.hash, ...next.flatMap((one) => [`0x${one.number.toString(16)}`, `0x${one.time.toString(16)}`, one.prevRandao])]
  }

  const ask = async (templates: readonly Template[]): Promise<void> => {
    await Promise.all(templates.map((template) => node.send(filled(template, values))))
  }

  const hear = async (tx: Waiting): Promise<void> => {
    const began = performance.now()
    const at = { blockHash: head.hash }
    const of = JSON.stringify([tx.from, at])
    const sender = node.batch([`"method":"eth_getTransactionCount","params":${of}`, `"method":"eth_getBalance","params":${of}`])
    const trace = await node.request('debug_traceCall', [
      { from: tx.from, to: tx.to, data: tx.input, value: tx.value, gas: tx.gas },
      at,
      { tracer: 'callTracer', tracerConfig: { withLog: true } },
    ])
    if (!touches(trace, vault)) return
    // Everything touching the vault is the attack, but for the owner's release.
    if (tx.from !== floor.attacker.toLowerCase()) return
    await sender
    for (const round of rounds) await ask(round)
    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId: scene.chainId,
      to: floor.vault,
      data,
      nonce: nonce++,
      gas: 1_500_000n,
      maxFeePerGas: head.baseFee * 2n + 4_000_000_000n,
      maxPriorityFeePerGas: 4_000_000_000n,
    })
    await node.request('eth_sendRawTransaction', [raw])
    tell({ kind: 'sent', ms: performance.now() - began, raw, simulations: rounds.flat().length })
  }

  onHead(await node.request('eth_getBlockByNumber', ['latest', false]))
  node.onNotification((result) => {
    if (isWaiting(result)) hear(result).catch((error: unknown) => tell({ kind: 'trouble', what: String(error) }))
    else onHead(result)
  })
  await node.request('eth_subscribe', ['newHeads'])
  await node.request('eth_subscribe', ['newPendingTransactions', true])
  return { node, at: () => Number(head.number) }
}

let running: Awaited<ReturnType<typeof start>> | undefined
listen(async (message) => {
  switch (message.kind) {
    case 'start':
      running = await start(message)
      return tell({ kind: 'ready' })
    case 'reach':
      while (running && running.at() < message.block) await new Promise((done) => setTimeout(done, 1))
      return tell({ kind: 'reached', block: message.block })
    case 'record':
      return
    case 'stop':
      running?.node.close()
      tell({ kind: 'stopped' })
      return process.disconnect()
    default:
      return message satisfies never
  }
})
