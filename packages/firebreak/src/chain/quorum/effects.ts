// Our own effects through several endpoints: handed to all of them, and mined when enough of them say so.
import type { Hex } from '../../model/hex.ts'
import type { Mined, Sent } from '../../stages.ts'
import type { Difference } from './same.ts'
import type { Endpoint } from './standing.ts'

const receiptText = (one: Mined | undefined): string => (one ? `${one.tx} ${one.ok} ${one.block.hash}` : 'none')
export const receiptLists = (a: readonly (Mined | undefined)[], b: readonly (Mined | undefined)[]): Difference => {
  const i = a.findIndex((one, place) => receiptText(one) !== receiptText(b[place]))
  return i < 0 ? undefined : [receiptText(a[i]), receiptText(b[i])]
}

/** A receipt that not enough of them share is not there yet. */
export const sharedReceipt = (said: readonly (Mined | undefined)[], needed: number): Mined | undefined =>
  said.find((one) => one !== undefined && said.filter((other) => receiptText(other) === receiptText(one)).length >= needed)

/** To all of them at once, whatever we think of them: what matters is that somebody passes it on. */
export async function sendToAll(endpoints: readonly Endpoint[], raw: Hex): Promise<Sent> {
  const refusals: Sent[] = []
  const taken = endpoints.map(async (endpoint) => {
    const sent = await endpoint.node.send(raw)
    if (sent.kind !== 'refused') return sent
    refusals.push(sent)
    throw new Error(sent.why)
  })
  try {
    return await Promise.any(taken)
  } catch (error) {
    // A refusal is an answer; an endpoint that could not be reached is none.
    const [refused] = refusals
    if (refused) return refused
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}
