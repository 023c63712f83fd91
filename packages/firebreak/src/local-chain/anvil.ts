// Starts a local chain that cannot outlive us, eat the machine's memory or block on its own output.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RetryableError } from '../model/errors.ts'
import { guarded } from './guard.ts'

export interface AnvilOptions {
  readonly chainId?: number
  readonly accounts?: number
  /** Seconds between blocks. Without it, and without `noMining`, each transaction is mined at once. */
  readonly blockTime?: number
  /** Blocks come only when asked for. */
  readonly noMining?: boolean
  readonly hardfork?: string
  readonly timestamp?: number
  readonly baseFee?: bigint
  readonly gasLimit?: bigint
  /** Highest tip first, as builders do; otherwise first come, first served. Default: true. */
  readonly orderFees?: boolean
  /** Default: true. */
  readonly ipc?: boolean
  /** To start again where an earlier chain was reached. */
  readonly ipcPath?: string
  readonly port?: number
  readonly memoryCapMb?: number
  readonly extraArgs?: readonly string[]
}

export interface Anvil {
  /** Empty without IPC. */
  readonly ipcPath: string
  readonly httpUrl: string
  readonly wsUrl: string
  /** Of the node itself, not of a launcher. */
  readonly pid: number
  readonly kill: (signal: NodeJS.Signals) => void
  readonly stop: () => Promise<void>
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

export class AnvilDidNotStart extends RetryableError {
  override readonly name: string = 'AnvilDidNotStart'
}

const startMs = 15_000
const attempts = 5

/** @example const chain = await startAnvil({ noMining: true }); …; await chain.stop() */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options, options.port ?? (await freePort()))
    } catch (error) {
      // Somebody may have taken the port between our look and anvil's.
      if (attempt === attempts || options.port !== undefined) throw error
    }
  }
}

async function startOnce(options: AnvilOptions, port: number): Promise<Anvil> {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-anvil-'))
  const ipcPath = options.ipc === false ? '' : (options.ipcPath ?? join(folder, 'anvil.ipc'))
  if (options.ipcPath !== undefined) await rm(options.ipcPath, { force: true })
  const command = guarded(binary(), argsOf(options, port, ipcPath), options.memoryCapMb ?? 2_048)
  // anvil deadlocks when nobody reads its output: there is none.
  const child = spawn(command.file, command.args, { stdio: 'ignore' })
  let running = true
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      running = false
      resolve({ code, signal })
    }
    child.once('error', () => end(null, null))
    child.once('exit', end)
  })
  const tidied = exited.then(() => rm(folder, { recursive: true, force: true }))
  const kill = (signal: NodeJS.Signals): void => void (running && child.kill(signal))
  const httpUrl = `http://127.0.0.1:${port}`

  // anvil takes its port before it opens the socket file, so the file says that the port is really ours.
  const deadline = performance.now() + startMs
  while (running && performance.now() < deadline) {
    if ((ipcPath === '' || existsSync(ipcPath)) && (await answers(httpUrl)) && running) break
    await sleep(10)
  }
  if (!running || performance.now() >= deadline || child.pid === undefined) {
    kill('SIGKILL')
    await tidied
    throw new AnvilDidNotStart(
      `anvil did not start${running ? ` within ${startMs} ms` : ': it ended at once; is an option wrong, or the port taken?'}`,
    )
  }

  command.watch(child.pid)
  return {
    ipcPath,
    httpUrl,
    wsUrl: `ws://127.0.0.1:${port}`,
    pid: child.pid,
    kill,
    stop: async () => {
      // SIGTERM lets it write its state, where it was started with --state or --dump-state.
      kill('SIGTERM')
      const timer = setTimeout(() => kill('SIGKILL'), 3_000)
      await tidied
      clearTimeout(timer)
    },
    exited,
  }
}

function argsOf(options: AnvilOptions, port: number, ipcPath: string): readonly string[] {
  const args = ['--quiet', '--host', '127.0.0.1', '--port', String(port), '--order', options.orderFees === false ? 'fifo' : 'fees']
  if (ipcPath !== '') args.push('--ipc', ipcPath)
  if (options.noMining) args.push('--no-mining')
  const valued = {
    '--chain-id': options.chainId,
    '--accounts': options.accounts,
    '--block-time': options.blockTime,
    '--hardfork': options.hardfork,
    '--timestamp': options.timestamp,
    '--block-base-fee-per-gas': options.baseFee,
    '--gas-limit': options.gasLimit,
  }
  for (const [flag, value] of Object.entries(valued)) if (value !== undefined) args.push(flag, String(value))
  return [...args, ...(options.extraArgs ?? [])]
}

/** The platform's own binary: a SIGKILL on the package's launcher would leave the real process running. */
function binary(): string {
  const launcher = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json')
  const platform = `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  return join(dirname(createRequire(launcher).resolve(`${platform}/package.json`)), 'bin', 'anvil')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new AnvilDidNotStart('no free port')
  return address.port
}

async function answers(url: string): Promise<boolean> {
  try {
    const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(1_000),
    })
    return (await response.text()).includes('"result"')
  } catch {
    return false
  }
}
