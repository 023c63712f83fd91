// Fails a run whose tests leave processes behind, and ends those processes.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

interface Process {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/**
 * Everything that the tests start inherits a mark in its environment, orphans too, whoever their parent is by then. That takes /proc: on
 * systems without it nothing is checked.
 */
export default function setup(): () => Promise<void> {
  const mark = `FIREBREAK_TEST_RUN=${process.pid}.${Date.now()}`
  process.env['FIREBREAK_TEST_RUN'] = mark.split('=')[1]

  return async () => {
    // Whatever was told to end as the last test ended gets a moment to do so.
    const patience = Date.now() + 3_000
    while (leftOver(mark).length > 0 && Date.now() < patience) await sleep(50)

    const left = leftOver(mark)
    for (const { pid } of left) end(pid)
    if (left.length > 0) {
      const list = left.map(({ pid, command }) => `  ${pid}  ${command}`).join('\n')
      throw new Error(`tests left ${left.length} process(es) running, now ended:\n${list}`)
    }
  }
}

/** Marked processes other than this one and its workers, which are its children and run vitest's own code. */
function leftOver(mark: string): readonly Process[] {
  return marked(mark).filter(({ pid, parent, command }) => pid !== process.pid && !(parent === process.pid && command.includes('vitest')))
}

function marked(mark: string): readonly Process[] {
  return processIds().flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)) return []
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The name stands in brackets and may hold anything; state and parent follow the last bracket.
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state === 'Z') return []
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim() || readlinkSync(`/proc/${pid}/exe`)
      return [{ pid, parent: Number(parent), command: command.slice(0, 200) }]
    } catch {
      // It ended while we looked, or belongs to someone else.
      return []
    }
  })
}

function processIds(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Already gone.
  }
}
