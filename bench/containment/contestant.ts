// A contestant of the bench in a process of its own, and what is said between it and the bench.
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { FromSide, ToSide } from './messages.ts'

const patienceMs = 30_000

export interface Contestant {
  readonly send: (message: ToSide) => void
  readonly next: <kind extends FromSide['kind']>(kind: kind) => Promise<Extract<FromSide, { kind: kind }>>
  readonly end: () => Promise<void>
}

export function contestant(file: string, troubles: string[]): Contestant {
  const child: ChildProcess = fork(join(import.meta.dirname, file), [], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...(process.env['BENCH_NODE_ARGS']?.split(' ') ?? [])],
  })
  const heard: FromSide[] = []
  const waiting = new Set<() => void>()
  child.on('message', (message) => {
    const said = message as FromSide
    if (said.kind === 'trouble') troubles.push(`${file}: ${said.what}`)
    else heard.push(said)
    for (const wake of waiting) wake()
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    send: (message) => void child.send(message),
    next: (kind) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(
          () =>
            finish(() =>
              reject(new Error(`${file} did not say '${kind}' in time; ${troubles.slice(-3).join('; ') || 'no troubles told'}`)),
            ),
          patienceMs,
        )
        const finish = (settle: () => void): void => {
          clearTimeout(late)
          waiting.delete(look)
          settle()
        }
        const look = (): void => {
          const at = heard.findIndex((one) => one.kind === kind)
          const [found] = at < 0 ? [] : heard.splice(at, 1)
          if (found) finish(() => resolve(found as never))
        }
        waiting.add(look)
        look()
      }),
    end: async () => {
      if (child.connected) child.send({ kind: 'stop' } satisfies ToSide)
      const kill = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await exited
      clearTimeout(kill)
    },
  }
}
