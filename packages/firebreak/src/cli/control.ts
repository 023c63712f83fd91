// The door to a running instance: a socket beside its journal, through which people in a hurry give their orders.
import { existsSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { carryOutOrder, orderShape, type Obeying, type Order, type Reply } from './obey.ts'

const doorOf = (journal: string): string => `${journal}.sock`

/** Only the owner of the folder can knock: the socket lies beside the journal, with its rights. */
export async function openDoor(journal: string, obeying: Obeying): Promise<() => void> {
  const path = doorOf(journal)
  // The journal's lock is ours, so a socket that is left here belongs to a process that died.
  if (existsSync(path)) rmSync(path)
  const server = createServer((socket) => {
    let text = ''
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8')
      if (text.length > 10_000) return void socket.destroy()
      if (!text.includes('\n')) return
      socket.end(`${JSON.stringify(answer(text, obeying))}\n`)
    })
  })
  const before = process.umask(0o077)
  try {
    await new Promise<void>((done, failed) => server.once('error', failed).listen(path, done))
  } finally {
    process.umask(before)
  }
  return () => void server.close()
}

function answer(text: string, obeying: Obeying): Reply {
  let order: Order
  try {
    order = orderShape.parse(JSON.parse(text))
  } catch {
    return { ok: false, said: 'not an order' }
  }
  return carryOutOrder(order, obeying)
}

/** An instance that is blocked is no instance that obeys: nobody waits for it any longer. */
const patienceMs = 10_000

/** Undefined when nobody is running. */
export async function knock(journal: string, order: Order): Promise<Reply | undefined> {
  const path = doorOf(journal)
  if (!existsSync(path)) return undefined
  return new Promise((done) => {
    const socket = createConnection({ path })
    let text = ''
    socket.setTimeout(patienceMs, () => {
      done({ ok: false, said: 'the running instance does not answer: it is blocked; end its process, and start it again' })
      socket.destroy()
    })
    socket.on('error', () => done(undefined))
    socket.on('connect', () => void socket.write(`${JSON.stringify(order)}\n`))
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8')
    })
    socket.on('end', () => {
      const reply: unknown = text === '' ? undefined : JSON.parse(text)
      done(
        typeof reply === 'object' && reply !== null && 'ok' in reply && 'said' in reply
          ? { ok: reply.ok === true, said: String(reply.said), shadow: 'shadow' in reply && reply.shadow === true }
          : undefined,
      )
    })
  })
}
