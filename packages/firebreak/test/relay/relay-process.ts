// Starts the relay as a process and speaks with it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Address, Hex } from '../../src/model/hex.ts'

export interface HeldByRelay {
  readonly method: string
  readonly from: string
  readonly to: string
  readonly hashes: readonly Hex[]
}

export interface RelayProcess {
  readonly url: string
  readonly held: () => Promise<readonly HeldByRelay[]>
  readonly mode: (mode: 'takes' | 'refuses' | 'silent' | 'lies') => Promise<void>
  /** Builds a block with what it holds for it, and gives how much that was. */
  readonly build: () => Promise<number>
  readonly stop: () => Promise<void>
}

/** `auth`: the address that requests have to be signed by. */
export async function startRelay(node: string, auth?: Address): Promise<RelayProcess> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('relay.child.ts', import.meta.url)), node, auth ?? ''], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  const url = line.trim()
  const ask = async (method: string, params: readonly unknown[] = []): Promise<unknown> => {
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
    return ((await answer.json()) as { readonly result: unknown }).result
  }
  return {
    url: `${url}/relay-for-acme-77c1`,
    held: async () => (await ask('relay_held')) as readonly HeldByRelay[],
    mode: async (mode) => void (await ask('relay_mode', [{ mode }])),
    build: async () => Number(await ask('relay_build')),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
