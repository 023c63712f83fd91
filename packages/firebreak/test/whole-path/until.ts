// Waits for what other processes do, with an end and a name for it.
import { setTimeout as sleep } from 'node:timers/promises'

export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await sleep(10)
  }
}
