// Many drills, each in a process of its own, a few at a time; a table at the end, and for each failure the command that repeats it.
import { spawn, type ChildProcess } from 'node:child_process'
import { basename, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { variants, type Variant } from '../drill/define.ts'
import type { ExitCode, Io } from './io.ts'
import { progressOf } from './progress.ts'

export interface Wanted {
  readonly folder: string
  readonly variant: Variant
  readonly seed: number
  /** Further words of its command line. */
  readonly words: readonly string[]
}

interface Outcome extends Wanted {
  readonly code: number | null
  readonly result: { readonly lostUsd: number; readonly lostUsdWithoutFirebreak: number; readonly falseActions: number } | undefined
  /** What it said on stderr: why it failed. */
  readonly said: string
}

const launcher = fileURLToPath(new URL('../../bin/firebreak.mjs', import.meta.url))
/** A drill takes seconds; one that takes this long hangs. */
const longestMs = 180_000

const resultShape = z.object({ lostUsd: z.number(), lostUsdWithoutFirebreak: z.number(), falseActions: z.number() })

export async function runMany(wanted: readonly Wanted[], jobs: number, io: Io): Promise<ExitCode> {
  const running = new Set<ChildProcess>()
  const endAll = (): void => running.forEach((child) => child.kill('SIGTERM'))
  process.once('exit', endAll)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      endAll()
      process.exit(2)
    })
  const progress = progressOf(io, `0 of ${wanted.length} drills`)
  const outcomes: Outcome[] = []
  const queue = [...wanted]
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const outcome = await runApart(next, running)
      outcomes.push(outcome)
      const failed = outcomes.filter((one) => one.code !== 0).length
      progress.now(`${outcomes.length} of ${wanted.length} drills${failed > 0 ? `, ${failed} failed` : ''}`)
    }
  }
  await Promise.all(Array.from({ length: Math.min(jobs, wanted.length) }, worker)).finally(progress.done)
  process.off('exit', endAll)

  for (const line of table(outcomes)) io.say(line)
  const failures = outcomes
    .filter((one) => one.code !== 0)
    .toSorted((a, b) => commandOf(a).localeCompare(commandOf(b), 'en', { numeric: true }))
  for (const one of failures) {
    io.say()
    io.say(`${io.paint('red', 'FAILED')} ${one.said.trim().split('\n').at(-1) ?? ''}`)
    io.say(`  repeat it: ${commandOf(one)}`)
  }
  io.say()
  io.say(`${outcomes.length - failures.length} passed, ${failures.length} failed`)
  io.document({
    passed: outcomes.length - failures.length,
    failed: failures.length,
    runs: outcomes.map(({ folder, variant, seed, words, code, result, said }) => ({
      drill: basename(folder),
      variant,
      seed,
      passed: code === 0,
      ...result,
      ...(code === 0 ? {} : { why: said.trim(), repeat: commandOf({ folder, variant, seed, words }) }),
    })),
  })
  // What could not be run at all is for somebody to mend.
  return failures.length === 0 ? 0 : failures.some((one) => one.code !== 1) ? 2 : 1
}

function runApart(one: Wanted, running: Set<ChildProcess>): Promise<Outcome> {
  return new Promise((done) => {
    const child = spawn(
      process.execPath,
      [launcher, 'drill', one.folder, '--variant', one.variant, '--seed', String(one.seed), ...one.words, '--json'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    running.add(child)
    let [out, said] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    const late = setTimeout(() => {
      said += `\nit did not end within ${longestMs / 1_000} s`
      child.kill('SIGKILL')
    }, longestMs)
    child.on('error', (error) => (said += `\n${error.message}`))
    child.on('close', (code) => {
      clearTimeout(late)
      running.delete(child)
      const result = resultOf(out)
      done({ ...one, code: code === 0 && !result ? 2 : code, result, said: said.trim() === '' ? out : said })
    })
  })
}

function resultOf(text: string): Outcome['result'] {
  try {
    return resultShape.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** As it can be typed where this was started. */
function commandOf({ folder, variant, seed, words }: Wanted): string {
  const path = relative(process.cwd(), folder)
  return `npx firebreak drill ${path.startsWith('..') ? folder : path} --variant ${variant} --seed ${seed}${words.map((word) => ` ${word}`).join('')}`
}

function table(outcomes: readonly Outcome[]): readonly string[] {
  const groups = new Map<string, Outcome[]>()
  for (const one of outcomes) {
    const key = `${basename(one.folder)}\n${one.variant}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  const dollars = (value: number): string => `$${Math.round(value).toLocaleString('en-US')}`
  const rows = [...groups.values()]
    .toSorted((a, b) => orderOf(a).localeCompare(orderOf(b)))
    .map((all) => {
      const sum = (field: 'lostUsd' | 'lostUsdWithoutFirebreak' | 'falseActions'): number =>
        all.reduce((total, one) => total + (one.result?.[field] ?? 0), 0)
      const passed = all.filter((one) => one.code === 0).length
      return [
        basename(all[0]?.folder ?? ''),
        all[0]?.variant ?? '',
        `${passed} of ${all.length}`,
        dollars(sum('lostUsd')),
        dollars(sum('lostUsdWithoutFirebreak')),
        String(sum('falseActions')),
      ]
    })
  const all = [['drill', 'variant', 'passed', 'lost', 'without Firebreak', 'false actions'], ...rows]
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  return all.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

const orderOf = ([one]: readonly Outcome[]): string => `${basename(one?.folder ?? '')} ${one ? variants.indexOf(one.variant) : 0}`
