import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Rpc } from '../chain/transport/rpc.ts'
import { connect } from '../chain/transport/connect.ts'
import type { Anvil, AnvilOptions } from './anvil.ts'
import { AnvilDidNotStart, startAnvil } from './anvil.ts'
import { watch } from './guard.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function chain(options: AnvilOptions = {}): Promise<{ anvil: Anvil; rpc: Rpc }> {
  const anvil = await startAnvil(options)
  const rpc = connect(options.ipc === false ? anvil.httpUrl : anvil.ipcPath, 'local')
  cleanups.push(anvil.stop, rpc.close)
  return { anvil, rpc }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const dies = (pid: number): Promise<void> => vi.waitFor(() => expect(alive(pid)).toBe(false), { timeout: 10_000, interval: 50 })

describe('a local chain', () => {
  test('is as it was asked to be', async () => {
    const options = {
      chainId: 77,
      accounts: 3,
      noMining: true,
      timestamp: 2_000_000_000,
      baseFee: 7n,
      gasLimit: 5_000_000n,
      hardfork: 'prague',
    }
    const { rpc } = await chain(options)
    expect(await rpc.request('eth_chainId', [])).toBe('0x4d')
    expect(await rpc.request('eth_accounts', [])).toHaveLength(3)
    const expected = { number: '0x0', timestamp: '0x77359400', baseFeePerGas: '0x7', gasLimit: '0x4c4b40' }
    expect(await rpc.request('eth_getBlockByNumber', ['latest', false])).toMatchObject(expected)
  })

  test('can do without IPC, and mines by the clock', async () => {
    const { anvil, rpc } = await chain({ ipc: false, blockTime: 1 })
    expect(anvil.ipcPath).toBe('')
    await vi.waitFor(async () => expect(await rpc.request('eth_blockNumber', [])).not.toBe('0x0'), { timeout: 10_000, interval: 100 })
  })

  test('several start at once, each on its own', async () => {
    const chains = await Promise.all([1, 2, 3, 4].map((id) => chain({ chainId: id })))
    const ids = await Promise.all(chains.map(({ rpc }) => rpc.request('eth_chainId', [])))
    expect(ids).toEqual(['0x1', '0x2', '0x3', '0x4'])
  })

  test('stops, and leaves nothing behind', async () => {
    const { anvil } = await chain()
    await anvil.stop()
    expect(alive(anvil.pid)).toBe(false)
    expect(existsSync(dirname(anvil.ipcPath))).toBe(false)
    await anvil.stop()
  })

  test('says when it was killed', async () => {
    const { anvil } = await chain()
    anvil.kill('SIGKILL')
    expect(await anvil.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  test('says that it did not start, instead of talking to whoever has the port', async () => {
    const { anvil } = await chain()
    await expect(startAnvil({ port: Number(new URL(anvil.httpUrl).port) })).rejects.toBeInstanceOf(AnvilDidNotStart)
    await expect(startAnvil({ port: 0, extraArgs: ['--no-such-option'] })).rejects.toBeInstanceOf(AnvilDidNotStart)
  })
})

describe('a local chain cannot run away', () => {
  test('it ends before it takes more memory than it may', async () => {
    const { anvil, rpc } = await chain({ memoryCapMb: 120 })
    const fill = async (): Promise<void> => {
      for (let n = 0; n < 400; n++)
        await rpc.request('anvil_setCode', [`0x${n.toString(16).padStart(40, 'a')}`, `0x${'60'.repeat(1_000_000)}`])
    }
    await expect(fill()).rejects.toBeInstanceOf(Error)
    expect((await anvil.exited).signal).not.toBe(null)
  })

  test('it dies with the process that started it, even if that is killed without warning', async () => {
    const script = `
      import { startAnvil } from ${JSON.stringify(new URL('./anvil.ts', import.meta.url).href)}
      const anvil = await startAnvil()
      console.log(anvil.pid)
      setInterval(() => undefined, 1_000)`
    // One that is killed cannot tidy up: its temporary files go where the test removes them.
    const folder = await mkdtemp(join(tmpdir(), 'firebreak-test-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    const env = { ...process.env, TMPDIR: folder }
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'], env })
    cleanups.push(async () => parent.kill('SIGKILL'))
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (line) => resolve(Number(line))))
    expect(alive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await dies(pid)
  })

  test('where the kernel does not do it, a watcher does', async () => {
    const script = `
      import { spawn } from 'node:child_process'
      import { watch } from ${JSON.stringify(new URL('./guard.ts', import.meta.url).href)}
      const child = spawn('sleep', ['60'], { stdio: 'ignore' })
      watch(child.pid, 1_000)
      console.log(child.pid)`
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    cleanups.push(async () => parent.kill('SIGKILL'))
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (line) => resolve(Number(line))))
    parent.kill('SIGKILL')
    await dies(pid)

    const hungry = spawn(process.execPath, ['-e', 'globalThis.big = Buffer.alloc(3e8, 1); setInterval(() => undefined, 1000)'], {
      stdio: 'ignore',
    })
    cleanups.push(async () => hungry.kill('SIGKILL'))
    const ended = new Promise((resolve) => hungry.once('exit', (_code, signal) => resolve(signal)))
    watch(hungry.pid ?? 0, 200)
    expect(await ended).toBe('SIGKILL')
  })
})
