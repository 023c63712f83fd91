// Hands signed transactions to block builders without showing them to anybody else: `eth_sendPrivateTransaction` or `eth_sendBundle`.
import { keccak256, numberToHex, stringToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Attempt } from '../../model/brake.ts'
import { UserError } from '../../model/errors.ts'
import type { Hex } from '../../model/hex.ts'
import type { RelayRef } from '../../model/plan.ts'
import { NotReached, postRpc, rpcBody, type RpcAnswer } from '../post.ts'

export type Handed = { readonly ok: true } | { readonly ok: false; readonly why: string }

export interface Handing {
  readonly head: bigint
  readonly until: bigint
  /** Asked at the very last moment: people may have disarmed it meanwhile. */
  readonly may: () => boolean
}

export interface Relay {
  readonly publicAfter: number
  /** In the order of their nonces. `until`: the last block that they are meant for. */
  readonly send: (forms: readonly Pick<Attempt, 'raw' | 'hash'>[], at: Handing) => Promise<Handed>
  /** Whether anything answers there at all; nothing is sent. */
  readonly reached: () => Promise<Handed>
}

export interface RelayOptions extends Pick<RelayRef, 'kind' | 'publicAfter'> {
  readonly url: string
  /** The private key that requests are signed with. */
  readonly auth: string | undefined
  readonly path: string
  readonly redact: (text: string) => string
}

/** A brake that waits for a relay longer than this waits in vain. */
const withinMs = 2_000

export function relayOf({ url, kind, publicAfter, auth, path, redact }: RelayOptions): Relay {
  const identity = auth === undefined ? undefined : accountOf(auth, `${path}.auth`)

  const ask = async (method: string, params: readonly unknown[], may: () => boolean): Promise<RpcAnswer> => {
    const body = rpcBody(method, params)
    // The hash's text is what is signed, as a message: that is what relays check.
    const signature = identity && (await identity.signMessage({ message: keccak256(stringToHex(body)) }))
    const headers = identity ? { 'x-flashbots-signature': `${identity.address}:${signature}` } : {}
    if (!may()) return { ok: true, result: undefined }
    return postRpc({ url, headers, withinMs, body })
  }

  const handed = async (method: string, params: readonly unknown[], may: () => boolean, expected?: Hex): Promise<Handed> => {
    try {
      const answer = await ask(method, params, may)
      if (!answer.ok) return { ok: false, why: `refuses ${method}: ${answer.code} "${redact(answer.said)}"` }
      const { result } = answer
      const another =
        expected !== undefined && typeof result === 'string' && /^0x[0-9a-f]{64}$/i.test(result) && result.toLowerCase() !== expected
      return another ? { ok: false, why: 'says that it took another transaction than ours' } : { ok: true }
    } catch (error) {
      if (error instanceof NotReached) return { ok: false, why: error.message }
      throw error
    }
  }

  const one = ({ raw, hash }: Pick<Attempt, 'raw' | 'hash'>, { until, may }: Handing): Promise<Handed> =>
    handed('eth_sendPrivateTransaction', [{ tx: raw, maxBlockNumber: numberToHex(until) }], may, hash)

  return {
    publicAfter,
    send: async (forms, at) => {
      if (kind === 'bundle')
        return handed('eth_sendBundle', [{ txs: forms.map(({ raw }) => raw), blockNumber: numberToHex(at.head + 1n) }], at.may)
      const said = await Promise.all(forms.map((form) => one(form, at)))
      return said.find((answer) => !answer.ok) ?? { ok: true }
    },
    reached: async () => {
      try {
        await ask('net_version', [], () => true)
        return { ok: true }
      } catch (error) {
        if (error instanceof NotReached) return { ok: false, why: error.message }
        throw error
      }
    },
  }
}

function accountOf(secret: string, path: string) {
  const key = (secret.startsWith('0x') ? secret : `0x${secret}`) as Hex
  if (/^0x[0-9a-fA-F]{64}$/.test(key)) return privateKeyToAccount(key)
  throw new UserError({
    path,
    wrong: 'what it refers to is not a private key',
    mend: 'give a key of its own, of 64 hex digits, that can do nothing else',
  })
}
