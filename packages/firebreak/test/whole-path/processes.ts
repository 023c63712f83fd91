// Starts `firebreak run` as a process of its own and listens to what it says.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Faults } from './firebreak.child.ts'
import type { Scene } from './scene.ts'
import { until } from './until.ts'

export interface StartOptions {
  /** What the plan's endpoint refers to: the proxy's socket, as a rule. */
  readonly endpoint: string
  readonly journal?: string
  readonly record?: string
  readonly checkpoints?: string
  readonly armed?: boolean
  readonly faults?: Faults
  /** Further words on the command line. */
  readonly words?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Firebreak {
  readonly pid: number
  readonly said: () => string
  readonly troubles: () => string
  /** Waits until it has said so, this many times in all. */
  readonly says: (pattern: RegExp, times?: number) => Promise<void>
  readonly alive: () => boolean
  /** Whoever read what it says is gone: the pipes are closed. */
  readonly deafen: () => void
  readonly kill: () => void
  readonly exited: Promise<void>
  /** Asks it to stop, and gives its exit code. */
  readonly stop: () => Promise<number | null>
}

const child = fileURLToPath(new URL('firebreak.child.ts', import.meta.url))
const launcher = fileURLToPath(new URL('../../bin/firebreak.mjs', import.meta.url))

/** The launcher itself, unless a fault is asked for. */
export function startFirebreak(scene: Pick<Scene, 'plan' | 'folder' | 'guardian'>, options: StartOptions): Firebreak {
  const run = ['run', '--plan', scene.plan, ...(options.armed === false ? [] : ['--armed'])]
  if (options.journal) run.push('--journal', options.journal)
  if (options.record) run.push('--record', options.record)
  if (options.checkpoints) run.push('--checkpoints', options.checkpoints)
  run.push(...(options.words ?? []))
  const program = options.faults ? ['--disable-warning=ExperimentalWarning', child, JSON.stringify(options.faults)] : [launcher]
  const started = spawn(process.execPath, [...program, ...run], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NO_COLOR: '1',
      FIREBREAK_STATE: join(scene.folder, 'state'),
      SCENE_RPC: options.endpoint,
      GUARDIAN_KEY: scene.guardian.privateKey,
      ...options.env,
    },
  })
  return listen(started)
}

function listen(started: ChildProcess): Firebreak {
  let [out, err] = ['', '']
  let alive = true
  started.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
  started.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  const exited = once(started, 'exit').then(() => void (alive = false))
  const kill = (): void => void started.kill('SIGKILL')
  return {
    pid: started.pid ?? 0,
    said: () => out,
    troubles: () => err,
    says: async (pattern, times = 1) => {
      const heard = (): number => `${out}\n${err}`.match(new RegExp(pattern, 'g'))?.length ?? 0
      try {
        await until(`${times} times ${pattern}`, () => heard() >= times || !alive)
      } catch {
        // Told below, with all that it said.
      }
      if (heard() < times) throw new Error(`firebreak ${alive ? '' : 'ended and '}did not say ${times} times ${pattern}:\n${out}\n${err}`)
    },
    alive: () => alive,
    deafen: () => {
      started.stdout?.destroy()
      started.stderr?.destroy()
    },
    kill,
    exited,
    stop: async () => {
      started.kill('SIGTERM')
      const late = setTimeout(kill, 15_000)
      await exited
      clearTimeout(late)
      return started.exitCode
    },
  }
}
