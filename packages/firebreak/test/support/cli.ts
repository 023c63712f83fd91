// Test support: the command line as a user has it, a process of its own.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const launcher = fileURLToPath(new URL('../../bin/firebreak.mjs', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface CliOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** @example const { code, out } = await cli(['verify', '--journal', file]) */
export function cli(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [launcher, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.cwd ? { cwd: options.cwd } : {}),
      env: { ...process.env, FORCE_COLOR: undefined, ...options.env },
    })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    const late = setTimeout(() => child.kill('SIGKILL'), 100_000)
    child.on('error', failed)
    child.on('close', (code) => {
      clearTimeout(late)
      done({ code, out, err })
    })
  })
}

/** The one document that `--json` prints on stdout; anything else there is a fault. */
export async function cliJson(args: readonly string[], options: CliOptions = {}): Promise<Ended & { readonly document: unknown }> {
  const ended = await cli([...args, '--json'], options)
  return { ...ended, document: JSON.parse(ended.out) }
}
