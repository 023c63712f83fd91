// Ordinary traffic in the mempool while a bench runs: coins and tokens sent between many accounts, at a steady rate.
import type { Address } from '../../packages/firebreak/src/model/hex.ts'
import { transferData, type Request } from '../scene/scene.ts'

export const accounts = 200
const everyMs = 10

export interface Background {
  readonly pause: () => void
  readonly resume: () => void
  readonly sent: () => number
  /** Resolves when nothing is under way any more. */
  readonly stop: () => Promise<number>
}

export function background(
  request: Request,
  from: readonly Address[],
  tokens: readonly Address[],
  perSecond: number,
  onTrouble: (what: string) => void,
): Background {
  let sent = 0
  let due = performance.now()
  let paused = true
  let under = 0
  const send = async (): Promise<void> => {
    const n = sent++
    const [sender, other] = [from[n % from.length], from[(n * 7 + 3) % from.length]]
    const token = tokens[n % tokens.length]
    if (!sender || !other || !token) return
    const fees = { gas: '0x186a0', maxFeePerGas: '0x3b9aca00', maxPriorityFeePerGas: '0x3b9aca00' }
    const tx =
      n % 2 === 0 ? { from: sender, to: other, value: '0x1', ...fees } : { from: sender, to: token, data: transferData(other), ...fees }
    under++
    await request('eth_sendTransaction', [tx])
      .catch((error: unknown) => onTrouble(`background: ${String(error)}`))
      .finally(() => under--)
  }
  const timer = setInterval(() => {
    if (paused) return
    // A late timer catches up, so that the rate holds.
    for (; due <= performance.now(); due += 1_000 / perSecond) void send()
  }, everyMs)
  return {
    pause: () => {
      paused = true
    },
    resume: () => {
      paused = false
      due = performance.now()
    },
    sent: () => sent,
    stop: async () => {
      clearInterval(timer)
      while (under > 0) await new Promise((done) => setTimeout(done, 1))
      return sent
    },
  }
}
