// Asks a JSON-RPC signer for signed transactions: `eth_signTransaction` as web3signer and nodes speak it, `account_signTransaction` as clef does.
import { numberToHex } from 'viem'
import type { Address } from '../../model/hex.ts'
import { postRpc, rpcBody, type RpcAnswer } from '../post.ts'
import type { Unsigned } from './key.ts'
import { checkedRaw, SignerWrong } from './signer-check.ts'
import type { Holder } from './signer.ts'

export interface RemoteOptions {
  readonly url: string
  readonly token: string | undefined
  readonly withinMs: number
  readonly address: Address
  readonly chainId: number
  /** Its words may quote where it was asked. */
  readonly redact: (text: string) => string
}

const methodNotFound = -32_601

export function remoteHolder({ url, token, withinMs, address, chainId, redact }: RemoteOptions): Holder {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  let method: 'eth_signTransaction' | 'account_signTransaction' = 'eth_signTransaction'

  const ask = (unsigned: Unsigned): Promise<RpcAnswer> => {
    const transaction = {
      from: address,
      to: unsigned.to,
      value: '0x0',
      data: unsigned.data,
      nonce: numberToHex(unsigned.nonce),
      gas: numberToHex(unsigned.gas),
      maxFeePerGas: numberToHex(unsigned.maxFee),
      maxPriorityFeePerGas: numberToHex(unsigned.maxTip),
      chainId: numberToHex(chainId),
    }
    return postRpc({ url, headers, withinMs, body: rpcBody(method, [transaction]) })
  }

  return {
    introduce: async () => {},
    sign: async (unsigned) => {
      let answer = await ask(unsigned)
      if (!answer.ok && answer.code === methodNotFound && method === 'eth_signTransaction') {
        method = 'account_signTransaction'
        answer = await ask(unsigned)
        if (!answer.ok && answer.code === methodNotFound) method = 'eth_signTransaction'
      }
      if (!answer.ok) throw new SignerWrong(`it refuses to sign for ${address}: ${answer.code} "${redact(answer.said)}"`)
      const { result } = answer
      // web3signer gives the bytes, geth and clef an object that has them.
      const raw = typeof result === 'object' && result !== null && 'raw' in result ? result.raw : result
      return checkedRaw({ unsigned, chainId, address }, raw)
    },
  }
}
