// What a durable journal append costs, as a ratio against a raw append with fdatasync in the same run: node bench/journal.ts
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonical } from '../packages/firebreak/src/base/canonical.ts'
import { openJournal } from '../packages/firebreak/src/journal/sqlite/journal.ts'
import type { NewEntry } from '../packages/firebreak/src/model/journal.ts'

const rounds = 4000
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

const folder = mkdtempSync(join(tmpdir(), 'firebreak-bench-'))
try {
  const raw = openSync(join(folder, 'raw'), 'a')
  const journal = openJournal(join(folder, 'journal'))
  const row = Buffer.from(`${canonical(intent(1))}\n`)
  const acts = {
    floor: () => {
      writeSync(raw, row)
      fdatasyncSync(raw)
    },
    intent: (n: number) => void journal.append([intent(n)]),
    group: (n: number) => {
      journal.later([signal(n), decision(n)])
      journal.append([intent(n)])
    },
  }
  const times: Record<keyof typeof acts, number[]> = { floor: [], intent: [], group: [] }
  // Interleaved, so that all three meet the same disk.
  for (let n = 0; n < rounds + warmUp; n++) {
    for (const name of ['floor', 'intent', 'group'] as const) {
      const start = performance.now()
      acts[name](n)
      if (n >= warmUp) times[name].push(performance.now() - start)
    }
    // The engine's idle moments: timers and checkpoints run here.
    if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  journal.close()
  closeSync(raw)

  const at = (name: keyof typeof acts, share: number): number => [...times[name]].sort((a, b) => a - b)[Math.floor(rounds * share)] ?? NaN
  const result = Object.fromEntries(
    (['floor', 'intent', 'group'] as const).map((name) => [
      name,
      Object.fromEntries(
        [0.5, 0.99].map((share) => [
          `p${share * 100}`,
          { ms: +at(name, share).toFixed(3), ratio: +(at(name, share) / at('floor', share)).toFixed(2) },
        ]),
      ),
    ]),
  )
  console.log(JSON.stringify({ journal: result }, undefined, process.argv.includes('--json') ? 0 : 2))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
