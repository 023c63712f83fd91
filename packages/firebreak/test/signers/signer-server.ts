// A signer on loopback that speaks JSON-RPC as web3signer, geth and clef do, with the ways in which such a thing goes wrong.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { privateKeyToAccount } from 'viem/accounts'
import { hexToBigInt, type TransactionSerializableEIP1559 } from 'viem'
import type { Hex } from '../../src/model/hex.ts'

export interface AskedFor {
  readonly method: string
  readonly params: readonly Readonly<Record<string, Hex>>[]
}

export interface SignerServer {
  readonly url: string
  readonly asked: AskedFor[]
  /** Changes the transaction before it signs it. */
  tamper: ((tx: TransactionSerializableEIP1559) => TransactionSerializableEIP1559) | undefined
  /** Answers in its place, whatever is asked. */
  instead: ((asked: AskedFor) => string | undefined) | undefined
  delayMs: number
  /** Another key than the one that was asked for. */
  key: Hex
  /** What it says it has, where that is not the key's account alone. */
  accounts: readonly string[] | undefined
  readonly stop: () => Promise<void>
}

export interface SignerServerOptions {
  readonly speaks?: 'web3signer' | 'geth' | 'clef'
  readonly token?: string
  readonly port?: number
}

const typedMethod = { web3signer: 'eth_signTypedData', geth: 'eth_signTypedData_v4', clef: 'account_signTypedData' }

export async function startSigner(key: Hex, { speaks = 'web3signer', token, port = 0 }: SignerServerOptions = {}): Promise<SignerServer> {
  const method = speaks === 'clef' ? 'account_signTransaction' : 'eth_signTransaction'
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const { id, ...asked } = JSON.parse(await text(request)) as AskedFor & { id: number }
      one.asked.push(asked)
      if (one.delayMs > 0) await sleep(one.delayMs, undefined, { ref: false })
      const reply = (status: number, body: object): void =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, ...body }))
      const instead = one.instead?.(asked)
      if (instead !== undefined) return void response.writeHead(200).end(instead)
      if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return void response.writeHead(401).end()
      const account = privateKeyToAccount(one.key)
      if (asked.method === (speaks === 'clef' ? 'account_list' : 'eth_accounts'))
        return reply(200, { result: one.accounts ?? [account.address] })
      if (asked.method === typedMethod[speaks]) {
        const data: unknown = typeof asked.params[1] === 'string' ? JSON.parse(asked.params[1]) : asked.params[1]
        return reply(200, { result: await account.signTypedData(data as Parameters<typeof account.signTypedData>[0]) })
      }
      if (asked.method !== method) return reply(200, { error: { code: -32601, message: 'method not found' } })
      const [wanted = {}] = asked.params
      const number = (name: string): bigint => hexToBigInt(wanted[name] ?? '0x0')
      const tx: TransactionSerializableEIP1559 = {
        type: 'eip1559',
        chainId: Number(number('chainId')),
        nonce: Number(number('nonce')),
        gas: number('gas'),
        maxFeePerGas: number('maxFeePerGas'),
        maxPriorityFeePerGas: number('maxPriorityFeePerGas'),
        to: wanted['to'] ?? null,
        data: wanted['data'] ?? '0x',
        value: number('value'),
      }
      const raw = await account.signTransaction(one.tamper?.(tx) ?? tx)
      reply(200, { result: speaks === 'web3signer' ? raw : { raw, tx: { nonce: wanted['nonce'] } } })
    }
    serve().catch(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  const address = server.address()
  const one: SignerServer = {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/signer-4f1c9a77e0`,
    asked: [],
    tamper: undefined,
    instead: undefined,
    delayMs: 0,
    key,
    accounts: undefined,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
  return one
}
