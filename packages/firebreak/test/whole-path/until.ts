// Waits for what other processes do, with an end and a name for it.
import { setTimeout as sleep } from 'node:timers/promises'

export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await sleep(10)
  }
}

/** The same, with a block now and then: one every few milliseconds would outrun what it takes to judge one. */
export async function whileMining(
  kit: { readonly mine: () => Promise<unknown> },
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  let minedAt = Number.NEGATIVE_INFINITY
  await until(what, async () => {
    if (performance.now() - minedAt > blockMs) {
      await kit.mine()
      minedAt = performance.now()
    }
    return holds()
  })
}
const blockMs = 250
