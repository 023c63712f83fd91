// Reads what a route needs at a block: some reads follow from the answers to others, so it is asked until it names nothing new.
import type { Answers, EncodedCall } from '../../model/call.ts'
import type { Answer } from '../../model/chain.ts'
import type { Hex } from '../../model/hex.ts'
import type { Route } from '../../model/route.ts'
import type { Node } from '../../stages.ts'

/** More rounds than this no route needs; an answer that always leads to another question must not keep us. */
const mostRounds = 4

export async function readRoute(
  node: Pick<Node, 'read'>,
  at: Hex,
  route: Pick<Route, 'reads'>,
  calls: readonly EncodedCall[],
): Promise<Answers> {
  const answers = new Map<string, Answer>()
  for (let round = 0; round < mostRounds; round++) {
    const missing = route.reads(calls, { answers }).filter((probe) => !answers.has(probe.key))
    if (missing.length === 0) break
    for (const [key, answer] of (await node.read(at, missing)).answers) answers.set(key, answer)
  }
  return { answers }
}
