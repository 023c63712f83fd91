// Runs a program to its end; whoever ends this process ends the program with it.
import { spawn } from 'node:child_process'

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly error?: string
}

export async function passOn(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32', env })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const end = (signal: NodeJS.Signals): void => void child.kill(signal)
  for (const signal of signals) process.on(signal, end)
  try {
    return await new Promise<Ended>((done) => {
      child.once('exit', (code, signal) => done({ code, signal }))
      child.once('error', (error) => done({ code: null, signal: null, error: error.message }))
    })
  } finally {
    for (const signal of signals) process.off(signal, end)
  }
}
