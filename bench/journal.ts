// `journal`: what a durable append costs, against a raw append with fdatasync; a figure without a target of its own.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonical } from '../packages/firebreak/src/base/canonical.ts'
import { openJournal } from '../packages/firebreak/src/journal/sqlite/journal.ts'
import type { NewEntry } from '../packages/firebreak/src/model/journal.ts'
import { quantile, rounded, type BenchOptions, type Figures } from './figures.ts'

const warmUp = 300

/** As large as what precedes an effect: signal and decision wait in the queue, the intent is awaited. */
const word = `0x${'ab'.repeat(32)}`
const signal = (n: number): NewEntry => ({
  kind: 'signal',
  at: n,
  body: { id: word, watch: 'drain', subjects: [word, word], loss: 10n ** 24n, likelihood: 0.97 },
})
const decision = (n: number): NewEntry => ({
  kind: 'decision',
  at: n,
  body: { id: word, incident: word, verdict: 'pull', brakes: ['freezeUsdc'], predictedLoss: 10n ** 24n },
})
const intent = (n: number): NewEntry => ({
  kind: 'intent',
  at: n,
  body: {
    id: word,
    desire: word,
    brake: 'freezeUsdc',
    call: 0,
    chain: 'mainnet',
    key: word.slice(0, 42),
    nonce: BigInt(n),
    attempts: [{ hash: word, maxFee: 10n ** 11n, maxTip: 10n ** 10n }],
  },
})

export async function journal({ runs = 4_000 }: BenchOptions): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-bench-'))
  const raw = openSync(join(folder, 'raw'), 'a')
  const book = openJournal(join(folder, 'journal'))
  try {
    const row = Buffer.from(`${canonical(intent(1))}\n`)
    const acts = {
      floor: () => {
        writeSync(raw, row)
        fdatasyncSync(raw)
      },
      intent: (n: number) => void book.append([intent(n)]),
      group: (n: number) => {
        book.later([signal(n), decision(n)])
        book.append([intent(n)])
      },
    }
    const times: Record<keyof typeof acts, number[]> = { floor: [], intent: [], group: [] }
    // Interleaved, so that all three meet the same disk.
    for (let n = 0; n < runs + warmUp; n++) {
      for (const name of ['floor', 'intent', 'group'] as const) {
        const start = performance.now()
        acts[name](n)
        if (n >= warmUp) times[name].push(performance.now() - start)
      }
      // The engine's idle moments: timers and checkpoints run here.
      if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    const figures: Record<string, number> = {}
    for (const share of [0.5, 0.99])
      for (const name of ['floor', 'intent', 'group'] as const)
        figures[`${name}P${share * 100}Ms`] = rounded(quantile(times[name], share), 3)
    return {
      bench: 'journal',
      about: 'a durable append of an intent, alone and with its signal and decision; the floor is a raw append',
      runs,
      figures,
      ratios: [],
    }
  } finally {
    book.close()
    closeSync(raw)
    rmSync(folder, { recursive: true, force: true })
  }
}
