// `npm run base-rates`: how often each detector speaks where nothing is wrong. Not a test: it takes a few minutes, and its figures go into docs/detectors.md.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { generated } from './base-rates/generated.ts'
import { mainnet } from './base-rates/mainnet.ts'
import { print } from './base-rates/tally.ts'
import { delay, draws, falseAlarms } from './run-lengths.ts'

const seed = 1
const samples = 30_000
const trials = 21
const why = process.argv.includes('--why')
const only = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const wanted = (part: string): boolean => only.length === 0 || only.includes(part)

const parts = ['run-lengths', 'generated', 'mainnet']
const unknown = only.filter((part) => !parts.includes(part))
if (unknown.length > 0) {
  console.error(`no part is called ${unknown.join(', ')}; choose from ${parts.join(', ')}, or none for all; --why shows what was said`)
  process.exit(2)
}

function runLengths(): void {
  console.log(
    `velocity: ordinary numbers between two false alarms (${samples.toLocaleString('en-US')} numbers, seed ${seed}), and until a lasting change to five times as much is seen`,
  )
  const row = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(i === 0 ? 11 : 40) : cell.padStart(17))).join('')
  console.log(row(['method', 'numbers', 'false alarms', 'run length', 'sees ×5 after']))
  for (const kind of ['cusum', 'ewma', 'robust-z', 'peaks'] as const) {
    const learns = kind === 'peaks' ? 500 : 200
    for (const draw of draws) {
      const { alarms } = falseAlarms({ kind }, draw, samples, learns, seed)
      // Nothing in n trials bounds a rate only at 3/n.
      const length =
        alarms === 0 ? `over ${Math.floor(samples / 3).toLocaleString('en-US')}` : Math.round(samples / alarms).toLocaleString('en-US')
      const seen = delay({ kind }, draw, (value) => value * 5, learns, trials, seed)
      console.log(row([kind, draw.name, alarms.toLocaleString('en-US'), length, seen >= 200 ? 'not within 200' : String(seen)]))
    }
  }
}

if (wanted('run-lengths')) runLengths()
if (wanted('generated')) print(`ordinary traffic made up on a local chain (seed ${seed})`, await generated(700, seed), why)
if (wanted('mainnet')) {
  const folder = join(import.meta.dirname, '../../shared/data/blocks')
  if (existsSync(folder)) await mainnet(folder, why)
  else console.log('\nreal mainnet blocks: skipped, there are none at ../shared/data/blocks')
}
