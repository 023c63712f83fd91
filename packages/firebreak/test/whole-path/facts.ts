// What a whole-path test judges by: the journal as it lies on the disk, and what the guardian's key did on the chain.
import { join } from 'node:path'
import { expect } from 'vitest'
import { rebuild } from '../../src/engine/rebuild.ts'
import { openJournal } from '../../src/journal/sqlite/journal.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import type { Desire, Intent } from '../../src/model/brake.ts'
import type { Hex } from '../../src/model/hex.ts'
import type { Entry, EntryKind } from '../../src/model/journal.ts'
import type { Scene } from './scene.ts'

export const journalOf = (scene: Scene, name = 'vault'): string => join(scene.folder, '.firebreak', `${name}.journal`)

export interface Recorded {
  readonly entries: readonly Entry[]
  readonly of: (kind: EntryKind) => readonly Entry[]
  readonly intents: readonly Intent[]
  readonly desires: readonly Desire[]
}

/** Reads the journal beside whoever writes it. */
export function recorded(path: string): Recorded {
  const journal = openJournal(path, { readOnly: true })
  try {
    const entries = [...journal.read()]
    const { memory, intents } = rebuild(journal)
    return { entries, of: (kind) => entries.filter((entry) => entry.kind === kind), intents, desires: memory.desires }
  } finally {
    journal.close()
  }
}

export interface Acted {
  readonly hash: Hex
  readonly nonce: number
  readonly ok: boolean
  readonly block: bigint
}

/** Every mined transaction of the guardian, in order. */
export async function actsOf(scene: Scene): Promise<readonly Acted[]> {
  const acts: Acted[] = []
  const head = await scene.head()
  for (let number = 0n; number <= head; number++) {
    const block = (await scene.rpc.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, true])) as {
      transactions: { from: string; hash: Hex; nonce: Hex }[]
    }
    for (const tx of block.transactions) {
      if (tx.from.toLowerCase() !== scene.guardian.address.toLowerCase()) continue
      const receipt = (await scene.rpc.request('eth_getTransactionReceipt', [tx.hash])) as { status: Hex }
      acts.push({ hash: tx.hash, nonce: Number(tx.nonce), ok: receipt.status === '0x1', block: number })
    }
  }
  return acts
}

/** The journal verifies, no intent has two mined effects, and every effect of the key has its intent. */
export async function expectOneEffectPerIntent(scene: Scene, path = journalOf(scene)): Promise<readonly Acted[]> {
  expect(verifyJournal(path)).toMatchObject({ ok: true, problems: [], waiting: 0 })
  const acts = await actsOf(scene)
  const { intents } = recorded(path)
  for (const intent of intents) {
    const mined = acts.filter((act) => intent.attempts.some((attempt) => attempt.hash === act.hash))
    expect(mined.length, `mined effects of ${intent.id}`).toBeLessThanOrEqual(1)
  }
  const known = intents.flatMap((intent) => intent.attempts.map((attempt) => attempt.hash))
  expect(acts.filter((act) => !known.includes(act.hash))).toEqual([])
  return acts
}
