// How an owner signs whose key lies at a JSON-RPC signer: it is shown the typed data, and what it gives has to be an owner's signature of this very proposal.
import { getAddress, isAddress } from 'viem'
import type { Address, Hex } from '../model/hex.ts'
import { NotReached, postRpc, rpcBody, type RpcAnswer } from '../responders/post.ts'
import { broughtIn, fault } from './approve-sign.ts'
import type { Io } from './io.ts'

export interface RemoteSigning {
  /** The environment variables with its URL and, where it is set, its token. */
  readonly urlFrom: string
  readonly tokenFrom: string
  readonly owners: readonly Address[]
  readonly has: readonly Address[]
  readonly typedData: object
}

/** People may have to confirm it there. */
const withinMs = 120_000
const methodNotFound = -32_601

export async function remoteKey(
  signing: RemoteSigning,
  io: Io,
): Promise<{ readonly address: Address; readonly sign: (hash: Hex) => Promise<Hex> }> {
  const { urlFrom, tokenFrom, owners, has, typedData } = signing
  const url = process.env[urlFrom]
  if (!url) throw fault('--signer', `the environment variable ${urlFrom} is not set`, 'put the address of the signer into it')
  const token = process.env[tokenFrom]
  for (const secret of [url, token]) if (secret) io.secrets.add(secret)
  const headers = token ? { authorization: `Bearer ${token}` } : {}

  /** The first of these methods that the signer knows. */
  const ask = async (methods: readonly string[], params: (method: string) => readonly unknown[]): Promise<unknown> => {
    let answer: RpcAnswer | undefined
    for (const method of methods) {
      answer = await postRpc({ url, headers, withinMs, body: rpcBody(method, params(method)) }).catch((error: unknown) => {
        if (error instanceof NotReached) throw fault('--signer', `the signer ${error.message}`, 'start it, or correct its address')
        throw error
      })
      if (answer.ok) return answer.result
      if (answer.code !== methodNotFound) break
    }
    throw fault('--signer', `the signer refuses: ${answer && !answer.ok ? io.secrets.redact(answer.said) : ''}`, 'see what it says')
  }

  const accounts = await ask(['eth_accounts', 'account_list'], () => [])
  const held = (Array.isArray(accounts) ? accounts : []).flatMap((one: unknown) =>
    typeof one === 'string' && isAddress(one) ? [getAddress(one)] : [],
  )
  const able = held.filter((one) => owners.includes(one))
  const [address, ...others] = able.length > 1 ? able.filter((one) => !has.includes(one)) : able
  if (!address) throw fault('--signer', 'the signer has no key of an owner', `the owners are ${owners.join(', ')}`)
  if (others.length > 0)
    throw fault(
      '--signer',
      `the signer has keys of several owners: ${[address, ...others].join(', ')}`,
      'let each owner sign by themselves',
    )
  return {
    address,
    sign: async (hash) => {
      // Some take the data as text, clef as it is.
      const signature = await ask(['eth_signTypedData_v4', 'eth_signTypedData', 'account_signTypedData'], (method) => [
        address,
        method === 'account_signTypedData' ? typedData : JSON.stringify(typedData),
      ])
      if (typeof signature !== 'string') throw fault('--signer', 'the signer gives no signature', 'is this the right signer?')
      const own = broughtIn(signature, hash, owners)
      if (own.owner !== address)
        throw fault('--signer', `the signer signed as ${own.owner}, and was asked as ${address}`, 'is this the right signer?')
      return own.signature
    },
  }
}
