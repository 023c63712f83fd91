// Our own IPC client: the hot path. viem's finds message ends by counting braces inside strings too, which an attacker's revert reason breaks.
import { createConnection } from 'node:net'
import { cleaner } from './clean.ts'
import type { Link, LinkEvents } from './duplex.ts'
import { duplex } from './duplex.ts'
import { frames } from './frames.ts'
import { reasonOf } from '../../base/network-error.ts'
import type { Rpc } from './rpc.ts'
import { maxAnswerBytes } from './rpc.ts'

/** @example const rpc = ipc('/run/geth/geth.ipc', 'mainnet') */
export function ipc(path: string, label: string): Rpc {
  return duplex({
    kind: 'ipc',
    label,
    clean: cleaner(path),
    open: (events) => openSocket(path, events),
    retryMs: { first: 20, most: 1_000 },
  })
}

function openSocket(path: string, events: LinkEvents): Link {
  const socket = createConnection({ path })
  const incoming = frames(events.message, maxAnswerBytes)
  let why = 'the connection was closed'
  socket.on('connect', events.opened)
  socket.on('error', (error) => {
    why = reasonOf(error)
  })
  socket.on('close', () => events.closed(why))
  socket.on('data', (chunk: Buffer) => {
    try {
      incoming.feed(chunk)
    } catch (error) {
      // Listeners' own errors are theirs to answer for; a stream that broke is ours.
      if (!(error instanceof Error && error.name === 'BrokenStream')) throw error
      why = `its answers make no sense: ${error.message}`
      socket.destroy()
    }
  })
  // The first text of a moment leaves at once; those that follow in the same moment leave together, in one system call.
  let later: string | undefined
  const flush = (): void => {
    const text = later
    later = undefined
    if (text && !socket.destroyed) socket.write(text)
  }
  return {
    send: (text) => {
      if (later !== undefined) {
        later += `${text}\n`
        return
      }
      later = ''
      socket.write(`${text}\n`)
      queueMicrotask(flush)
    },
    close: () => void socket.destroy(),
    unfinished: incoming.unfinished,
  }
}
