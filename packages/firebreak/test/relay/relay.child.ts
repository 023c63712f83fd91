// A private relay as a process of its own: takes `eth_sendPrivateTransaction` and `eth_sendBundle`, holds what it took back from the public pool, and hands it to anvil when it is told to build a block.
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { hexToBigInt, keccak256, stringToHex, verifyMessage } from 'viem'
import type { Address, Hex } from '../../src/model/hex.ts'

interface Held {
  readonly method: string
  readonly txs: readonly Hex[]
  /** First and last block that they are for. */
  readonly from: bigint
  readonly to: bigint
}

interface Asked {
  readonly id: number
  readonly method: string
  readonly params: readonly Readonly<Record<string, unknown>>[]
}

const [node = '', auth = ''] = process.argv.slice(2)
const held: Held[] = []
/** takes: as it should · refuses: says no · silent: never answers · lies: says that it took another one. */
let mode: unknown = 'takes'

async function askNode(method: string, params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const answer: unknown = await (await fetch(node, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json()
  return (answer as { readonly result?: unknown }).result
}

const head = async (): Promise<bigint> => hexToBigInt((await askNode('eth_blockNumber', [])) as Hex)

/** `address:signature` over the hash of the body, as text. */
async function isAuthentic(request: IncomingMessage, body: string): Promise<boolean> {
  if (auth === '') return true
  const [address, signature] = String(request.headers['x-flashbots-signature']).split(':')
  if (address?.toLowerCase() !== auth.toLowerCase()) return false
  return verifyMessage({ address: address as Address, message: keccak256(stringToHex(body)), signature: signature as Hex })
}

async function answer({ method, params }: Asked, authentic: boolean): Promise<object | undefined> {
  const [first = {}] = params
  if (method === 'relay_mode') return { result: (mode = first['mode']) }
  if (method === 'relay_held')
    return {
      result: held.map(({ txs, to, ...one }) => ({ ...one, from: `${one.from}`, to: `${to}`, hashes: txs.map((tx) => keccak256(tx)) })),
    }
  if (method === 'relay_build') return { result: await build() }
  if (mode === 'silent') return undefined
  if (mode === 'refuses') return { error: { code: -32_000, message: 'not today' } }
  if (!authentic) return { error: { code: -32_600, message: 'unauthorized: X-Flashbots-Signature does not match' } }
  const next = (await head()) + 1n
  if (method === 'eth_sendPrivateTransaction') {
    const tx = first['tx'] as Hex
    held.push({ method, txs: [tx], from: next, to: hexToBigInt(first['maxBlockNumber'] as Hex) })
    return { result: mode === 'lies' ? keccak256('0x') : keccak256(tx) }
  }
  if (method === 'eth_sendBundle') {
    const at = hexToBigInt(first['blockNumber'] as Hex)
    const txs = first['txs'] as readonly Hex[]
    held.push({ method, txs, from: at, to: at })
    return { result: { bundleHash: keccak256(stringToHex(txs.join())) } }
  }
  return { error: { code: -32_601, message: 'method not found' } }
}

/** What it holds for the next block goes to the node right before the block: nobody else could have seen it. */
async function build(): Promise<number> {
  const next = (await head()) + 1n
  const ours = held.filter(({ from, to }) => from <= next && next <= to)
  for (const tx of ours.flatMap(({ txs }) => txs)) await askNode('eth_sendRawTransaction', [tx])
  await askNode('evm_mine', [])
  return ours.length
}

const server = createServer((request, response) => {
  const serve = async (): Promise<void> => {
    const body = await text(request)
    const asked = JSON.parse(body) as Asked
    const said = await answer(asked, await isAuthentic(request, body))
    if (said)
      response
        .writeHead('error' in said ? 400 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id: asked.id, ...said }))
  }
  serve().catch(() => response.destroy())
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}\n`)
})
// Whoever started us is gone.
process.stdin.on('end', () => process.exit(0)).resume()
