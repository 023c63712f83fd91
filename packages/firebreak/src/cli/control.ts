// The door to a running instance: a socket beside its journal, through which people in a hurry pull and release brakes.
import { existsSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { z } from 'zod'
import type { ResolvedPlan } from '../model/plan.ts'

const orderShape = z.object({
  order: z.enum(['pull', 'release']),
  brake: z.string(),
  by: z.string(),
  because: z.string(),
  /** With a release: carry out the brake's undo, too. */
  undo: z.boolean().optional(),
})
export type Order = z.infer<typeof orderShape>

export interface Reply {
  readonly ok: boolean
  readonly said: string
  /** The running instance has no keys, and what was ordered needs one. */
  readonly shadow?: boolean
}

const doorOf = (journal: string): string => `${journal}.sock`

/** Only the owner of the folder can knock: the socket lies beside the journal, with its rights. */
export async function openDoor(journal: string, plan: ResolvedPlan, armed: boolean, obey: (order: Order) => void): Promise<() => void> {
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
      socket.end(`${JSON.stringify(answer(text, plan, armed, obey))}\n`)
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

function answer(text: string, plan: ResolvedPlan, armed: boolean, obey: (order: Order) => void): Reply {
  let order: Order
  try {
    order = orderShape.parse(JSON.parse(text))
  } catch {
    return { ok: false, said: 'not an order' }
  }
  if (!plan.brakes.some((brake) => brake.name === order.brake))
    return { ok: false, said: `the running plan has no brake named ${order.brake}` }
  if (!armed && (order.order === 'pull' || order.undo))
    return { ok: false, shadow: true, said: 'the running instance is in shadow: it has no keys and sends nothing' }
  obey(order)
  return { ok: true, said: `the running instance took the order to ${order.order} ${order.brake}` }
}

/** Undefined when nobody is running. */
export async function knock(journal: string, order: Order): Promise<Reply | undefined> {
  const path = doorOf(journal)
  if (!existsSync(path)) return undefined
  return new Promise((done) => {
    const socket = createConnection({ path })
    let text = ''
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
