// Test support: a small Safe transaction service. It keeps what owners propose and confirm, and refuses what the real one refuses.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getAddress, isAddress, recoverAddress } from 'viem'
import type { Address, Hex } from '../../src/model/hex.ts'
import { safeHashes } from '../../src/responders/authorities/safe-tx.ts'

interface Kept {
  readonly safeTxHash: Hex
  readonly safe: Address
  readonly nonce: string
  readonly confirmations: { owner: Address; signature: Hex }[]
}

interface Posted {
  readonly to: Address
  readonly value: string
  readonly data: Hex
  readonly operation: 0 | 1
  readonly nonce: string
  readonly gasToken: Address
  readonly refundReceiver: Address
  readonly contractTransactionHash: Hex
  readonly sender: Address
  readonly signature: Hex
}

export interface SafeService {
  readonly url: string
  readonly transactions: () => readonly Kept[]
  /** Everything is answered with this status from now on. */
  readonly fail: (status: number | undefined) => void
  /** Something that another tool proposed. */
  readonly add: (kept: Kept) => void
  readonly asked: () => readonly string[]
  readonly stop: () => Promise<void>
}

export async function startSafeService(chainId: number, owners: readonly Address[], key: string): Promise<SafeService> {
  const kept = new Map<string, Kept>()
  const asked: string[] = []
  let failing: number | undefined
  const server = createServer((request, response) => {
    let body = ''
    const answer = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(value === undefined ? '' : JSON.stringify(value))
    }
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      asked.push(`${request.method} ${request.url}`)
      if (failing !== undefined) return answer(failing, { detail: 'not today' })
      if (request.headers.authorization !== `Bearer ${key}`) return answer(401, { detail: 'no key' })
      handle(request.method ?? '', new URL(request.url ?? '/', 'http://x'), body === '' ? undefined : JSON.parse(body)).then(
        ([status, value]) => answer(status, value),
        (error: unknown) => answer(500, { detail: String(error) }),
      )
    })
  })

  const handle = async (method: string, url: URL, given: unknown): Promise<readonly [number, unknown]> => {
    const body = given as Posted
    const ofSafe = /^\/api\/v2\/safes\/(0x\w+)\/multisig-transactions\/$/.exec(url.pathname)
    const ofHash = /^\/api\/v1\/multisig-transactions\/(0x\w+)\/confirmations\/$/.exec(url.pathname)
    if (ofSafe) {
      const safe = ofSafe[1] ?? ''
      // The real one is strict about this.
      if (!isAddress(safe) || getAddress(safe) !== safe) return [422, { code: 1, message: 'Checksum address validation failed' }]
      if (method === 'GET')
        return [
          200,
          {
            count: kept.size,
            results: [...kept.values()].filter((one) => one.safe === safe && one.nonce === url.searchParams.get('nonce')),
          },
        ]
      const tx = { to: body.to, value: BigInt(body.value), data: body.data, operation: body.operation, nonce: BigInt(body.nonce) }
      const { safeTx } = safeHashes(tx, { chainId, safe })
      if (safeTx !== body.contractTransactionHash) return [422, { nonFieldErrors: [`Contract-transaction-hash=${safeTx} does not match`] }]
      for (const address of [body.sender, body.to, body.gasToken, body.refundReceiver])
        if (getAddress(address) !== address) return [422, { nonFieldErrors: ['Checksum address validation failed'] }]
      const owner = await recoverAddress({ hash: safeTx, signature: body.signature })
      if (owner !== body.sender || !owners.includes(owner)) return [422, { nonFieldErrors: [`Sender=${body.sender} is not an owner`] }]
      kept.set(safeTx, { safeTxHash: safeTx, safe, nonce: body.nonce, confirmations: [{ owner, signature: body.signature }] })
      return [201, undefined]
    }
    if (ofHash && method === 'POST') {
      const found = kept.get(ofHash[1] ?? '')
      if (!found) return [404, { detail: 'Not found' }]
      const owner = await recoverAddress({ hash: found.safeTxHash, signature: body.signature })
      if (!owners.includes(owner)) return [400, { signature: [`Signer=${owner} is not an owner`] }]
      found.confirmations.push({ owner, signature: body.signature })
      return [201, { signature: body.signature }]
    }
    return [404, { detail: 'Not found' }]
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    transactions: () => [...kept.values()],
    fail: (status) => {
      failing = status
    },
    add: (one) => void kept.set(one.safeTxHash, one),
    asked: () => asked,
    stop: () => new Promise((done) => void server.close(() => done())),
  }
}
