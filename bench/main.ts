// `npm run bench -- [--json] [--runs n] [name…]`: figures as ratios against a floor that is measured in the same run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { blocks } from './blocks.ts'
import { endpoints } from './containment/endpoints.ts'
import { containment } from './containment/run.ts'
import { journal } from './journal.ts'
import { judge } from './judge.ts'
import { memory } from './memory.ts'
import { reads } from './reads.ts'
import { replay } from './replay.ts'
import { rules } from './rules.ts'
import type { BenchOptions, Figures } from './figures.ts'

const benches: Readonly<Record<string, (options: BenchOptions) => Promise<Figures>>> = {
  containment,
  endpoints,
  judge,
  blocks,
  rules,
  reads,
  memory,
  replay,
  journal,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string' }, help: { type: 'boolean', default: false } },
})
const runs = values.runs === undefined ? undefined : Number(values.runs)
const unknown = positionals.filter((name) => benches[name] === undefined)
if (values.help || unknown.length > 0 || (runs !== undefined && !(Number.isInteger(runs) && runs > 0))) {
  const names = Object.keys(benches).join(', ')
  process.stderr.write(
    `${unknown.length > 0 ? `no bench named ${unknown.join(', ')}\n` : ''}npm run bench -- [--json] [--runs n] [name…]   names: ${names}\n`,
  )
  process.exit(values.help ? 0 : 2)
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)
const chosen = Object.keys(benches).filter((name) => positionals.length === 0 || positionals.includes(name))
const all: Figures[] = []
for (const name of chosen) {
  const bench = benches[name]
  // What one bench leaves on the heap is not the next one's: several run in a process each.
  if (chosen.length > 1) all.push(await apart(name))
  else if (bench) all.push(await bench({ runs, say }))
}
process.stdout.write(values.json ? `${JSON.stringify({ benches: all })}\n` : all.map(table).join('\n'))

async function apart(name: string): Promise<Figures> {
  const words = [import.meta.filename, '--json', ...(runs === undefined ? [] : ['--runs', `${runs}`]), name]
  const child = spawn(process.execPath, [...process.execArgv, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  const end = (): void => void child.kill()
  process.once('exit', end)
  const [said, code] = await Promise.all([text(child.stdout), once(child, 'exit').then(([status]: unknown[]) => status)])
  process.off('exit', end)
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}`)
  const { benches: figures }: { benches: readonly [Figures] } = JSON.parse(said)
  return figures[0]
}

function table({ bench, about, runs: count, figures, ratios }: Figures): string {
  const lines = [`${bench}: ${about} (${count} runs)`]
  for (const { what, ratio, wanted, target, ok } of ratios)
    lines.push(`  ${what.padEnd(24)} ${String(ratio).padStart(8)}   ${wanted} ${target}   ${ok ? 'ok' : 'short'}`)
  for (const [what, value] of Object.entries(figures)) lines.push(`  ${what.padEnd(24)} ${String(value).padStart(8)}`)
  return `${lines.join('\n')}\n`
}
