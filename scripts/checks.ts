// The checks that need no chain: lint, format, types and dead code, side by side, every fault shown.
import { spawn } from 'node:child_process'

interface Check {
  readonly name: string
  readonly command: readonly [string, ...string[]]
}

const checks: readonly Check[] = [
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings', '--report-unused-disable-directives'] },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'types', command: ['tsc', '--project', 'tsconfig.json', '--pretty'] },
  { name: 'dead code', command: ['knip', '--no-progress', '--treat-config-hints-as-errors'] },
]

export interface CheckResult {
  readonly name: string
  readonly passed: boolean
}

/** Runs them all, prints one line each as they end, then what the failed ones said. */
export async function runChecks(): Promise<readonly CheckResult[]> {
  const done = await Promise.all(checks.map(runCheck))
  for (const { name, passed, said, command } of done) {
    if (!passed) console.log(`\n── ${name} (${command}) ──\n${said.trim()}`)
  }
  return done
}

async function runCheck({ name, command: [program, ...args] }: Check) {
  const started = performance.now()
  const { code, said } = await outputOf(program, args)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${name.padEnd(10)} ${seconds.padStart(5)} s`)
  return { name, passed: code === 0, said, command: [program, ...args].join(' ') }
}

function outputOf(program: string, args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...colour },
      shell: process.platform === 'win32',
    })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', (error) => resolve({ code: 1, said: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, said: Buffer.concat(chunks).toString() }))
  })
}
