// Remembers, beside the journal, which watches stopped the whole program: a restart leaves them out instead of stopping again.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const shape = z.array(z.object({ plan: z.string(), watch: z.string(), why: z.string(), at: z.number() }))

export type LeftOut = z.infer<typeof shape>[number]

export const leftOutFile = (journal: string): string => `${journal}.left-out`

/** Those of this plan; a plan that was mended has another hash and starts with all of its watches. */
export function readLeftOut(file: string, plan: string): readonly LeftOut[] {
  return all(file).filter((one) => one.plan === plan)
}

export function addLeftOut(file: string, one: LeftOut): void {
  const others = all(file).filter((known) => known.plan === one.plan && known.watch !== one.watch)
  writeFileSync(file, `${JSON.stringify([...others, one], null, 2)}\n`)
}

/** A note that cannot be read must not keep the brakes from a start: then every watch is run. */
function all(file: string): readonly LeftOut[] {
  if (!existsSync(file)) return []
  try {
    return shape.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return []
  }
}
