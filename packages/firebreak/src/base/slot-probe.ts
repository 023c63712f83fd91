// A word of a contract's storage as a probe: what is there, whatever the contract's functions say.
import type { Probe } from '../model/call.ts'
import type { Address, Hex } from '../model/hex.ts'

const isWord = (data: Hex): boolean => data.length === 66

/** @example slotProbe({ chain: 'main', address: proxy }, implementationSlot, 'implementation of proxy').of(moment) */
export function slotProbe(at: { readonly chain: string; readonly address: Address }, slot: Hex, label: string): Probe<Hex> {
  const data: Hex = `0x${slot.slice(2).toLowerCase().padStart(64, '0')}`
  // No view has a key like this: calldata begins with 0x.
  const key = `${at.chain}:${at.address.toLowerCase()}:slot:${data}`
  return {
    key,
    to: at.address,
    data,
    slot: data,
    label,
    of: ({ answers }) => {
      const answer = answers.get(key)
      if (!answer) return { ok: false, why: 'not read at this moment' }
      return answer.ok && isWord(answer.data)
        ? { ok: true, value: answer.data }
        : { ok: false, why: 'its storage could not be read on this endpoint' }
    },
  }
}
