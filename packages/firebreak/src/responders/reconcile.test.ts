import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { someone, txHash } from '../../test/support/moments.ts'
import { sure } from '../../test/support/toy.ts'
import type { Intent } from '../model/brake.ts'
import type { Hex } from '../model/hex.ts'
import type { Mined } from '../stages.ts'
import { reconcile, type View } from './reconcile.ts'

const key = someone(50)
const intentOf = (call: number, nonce: bigint, hashes: readonly Hex[], pull = 1): Intent => ({
  id: `d#${pull}.${call}.${nonce}.${hashes[0]}`,
  desire: 'd',
  brake: 'b',
  call,
  chain: 'test',
  key,
  nonce,
  attempts: hashes.map((hash) => ({ hash, maxFee: 1n, maxTip: 1n, raw: hash })),
})
const at = { number: 10n, hash: txHash(10) }
const minedAt = (tx: Hex, ok = true, block: Mined['block'] = at): readonly [Hex, Mined] => [tx, { tx, ok, block }]
const view = (more: Partial<View> = {}): View => ({
  status: 'wanted',
  holds: false,
  calls: 1,
  block: at,
  intents: [],
  mined: new Map(),
  nonce: 5n,
  held: new Set([5n]),
  pulls: 1,
  atMostPulls: 3,
  ...more,
})
const sent = intentOf(0, 5n, [txHash(1), txHash(2)])

describe('what comes next', () => {
  test('is to send, where nothing was sent', () => {
    expect(reconcile(view({ calls: 3 }))).toEqual({ kind: 'send', calls: [0, 1, 2], again: false })
  })

  test('is done as soon as it holds, whoever brought it about', () => {
    expect(reconcile(view({ holds: true }))).toEqual({ kind: 'done', tx: undefined })
    expect(reconcile(view({ holds: true, intents: [sent], nonce: 6n, mined: new Map([minedAt(txHash(2))]) }))).toEqual({
      kind: 'done',
      tx: txHash(2),
    })
    // A colleague was first; ours reverted.
    expect(reconcile(view({ holds: true, intents: [sent], nonce: 6n, mined: new Map([minedAt(txHash(2), false)]) }))).toEqual({
      kind: 'done',
      tx: undefined,
    })
  })

  test('is the same effect again while it is neither mined nor impossible', () => {
    expect(reconcile(view({ intents: [sent] }))).toEqual({ kind: 'push', intents: [sent] })
  })

  test('is a fresh effect when another transaction took its nonce', () => {
    expect(reconcile(view({ intents: [sent], nonce: 6n }))).toEqual({ kind: 'send', calls: [0], again: false })
  })

  test('is a fresh effect when a nonce before its own is free again, because behind a gap nothing is mined', () => {
    expect(reconcile(view({ intents: [sent], nonce: 4n }))).toEqual({ kind: 'send', calls: [0], again: false })
    // Another brake's effect fills it.
    expect(reconcile(view({ intents: [sent], nonce: 4n, held: new Set([4n, 5n]) }))).toEqual({ kind: 'push', intents: [sent] })
  })

  test('is another pull when it was mined and does not hold, as often as the plan allows', () => {
    const mined = new Map([minedAt(txHash(1), false)])
    expect(reconcile(view({ intents: [sent], nonce: 6n, mined, pulls: 2 }))).toEqual({
      kind: 'send',
      calls: [0],
      again: true,
      reverted: true,
    })
    expect(reconcile(view({ intents: [sent], nonce: 6n, mined, pulls: 3 }))).toMatchObject({ kind: 'exhausted' })
  })

  test('is nothing while the effect is in a block that was not read yet', () => {
    const later = { number: 11n, hash: txHash(11) }
    expect(reconcile(view({ intents: [sent], nonce: 6n, mined: new Map([minedAt(txHash(1), true, later)]) }))).toMatchObject({
      kind: 'wait',
    })
  })

  test('is nothing when the read fails, but what is on its way stays on its way', () => {
    expect(reconcile(view({ holds: undefined }))).toMatchObject({ kind: 'wait' })
    expect(reconcile(view({ holds: undefined, status: 'holding', intents: [sent] }))).toMatchObject({ kind: 'wait' })
    expect(reconcile(view({ holds: undefined, intents: [sent] }))).toEqual({ kind: 'push', intents: [sent] })
  })

  test('is to respect a release by somebody else', () => {
    expect(reconcile(view({ status: 'holding', holds: true }))).toMatchObject({ kind: 'wait' })
    expect(reconcile(view({ status: 'holding', holds: false, intents: [sent], nonce: 6n, mined: new Map([minedAt(txHash(1))]) }))).toEqual({
      kind: 'released',
    })
  })
})

type Event =
  | { readonly kind: 'block'; readonly takes: number; readonly fails: boolean; readonly foreign: boolean }
  | { readonly kind: 'drop' }
  | { readonly kind: 'readFails' }
  | { readonly kind: 'otherPause' }
  | { readonly kind: 'release' }
  | { readonly kind: 'reorg'; readonly depth: number; readonly forgets: boolean }

interface Sent {
  readonly hash: Hex
  readonly nonce: bigint
  readonly call: number
}

interface Block {
  readonly number: bigint
  readonly hash: Hex
  readonly txs: readonly (Sent & { readonly ok: boolean })[]
  readonly nonce: bigint
  readonly paused: ReadonlySet<number>
}

/** A chain with one key on it, and a responder that does what `reconcile` says. */
function game(calls: number, atMostPulls: number) {
  let counter = 0
  const fresh = (): Hex => txHash(1_000 + ++counter)
  let blocks: readonly Block[] = [{ number: 0n, hash: fresh(), txs: [], nonce: 5n, paused: new Set() }]
  const pool = new Map<Hex, Sent>()
  const everSent: Intent[] = []
  let intents: readonly Intent[] = []
  let status: 'wanted' | 'holding' | 'released' | 'exhausted' = 'wanted'
  let receipt: Hex | undefined
  let pulls = 1
  let readFails = false
  const head = (): Block => sure(blocks.at(-1))

  const broadcast = (intent: Intent): void => {
    for (const { hash } of intent.attempts)
      if (!blocks.some((block) => block.txs.some((tx) => tx.hash === hash)))
        pool.set(hash, { hash, nonce: intent.nonce, call: intent.call })
  }
  const send = (wanted: readonly number[]): void => {
    const keep = intents.filter((intent) => !wanted.includes(intent.call))
    const made: Intent[] = []
    let nonce = head().nonce
    for (const call of wanted) {
      while ([...keep, ...made].some((intent) => intent.nonce === nonce)) nonce++
      made.push(intentOf(call, nonce, [fresh()], pulls))
      nonce++
    }
    intents = [...keep, ...made]
    everSent.push(...made)
    made.forEach(broadcast)
  }

  const respond = (): void => {
    if (status !== 'wanted' && status !== 'holding') return
    const { number, hash, nonce, paused } = head()
    const mined = new Map(
      blocks.flatMap((block) => block.txs.map((tx): readonly [Hex, Mined] => [tx.hash, { tx: tx.hash, ok: tx.ok, block }])),
    )
    const next = reconcile({
      status,
      holds: readFails ? undefined : paused.size === calls,
      calls,
      block: { number, hash },
      intents,
      mined,
      nonce,
      held: new Set(intents.map((one) => one.nonce)),
      pulls,
      atMostPulls,
    })
    readFails = false
    switch (next.kind) {
      case 'wait':
        return
      case 'done':
        status = 'holding'
        receipt = hash
        return
      case 'released':
      case 'exhausted':
        status = next.kind
        return
      case 'send':
        if (next.again) {
          pulls++
          intents = []
        }
        return send(next.calls)
      case 'push':
        intents = intents.map((intent) => {
          if (!next.intents.includes(intent)) return intent
          const raised = { ...intent, attempts: [...intent.attempts, { hash: fresh(), maxFee: 2n, maxTip: 2n, raw: '0x' as Hex }] }
          everSent[everSent.findIndex((one) => one.id === intent.id)] = raised
          broadcast(raised)
          return raised
        })
        return
      default:
        return next satisfies never
    }
  }

  const mine = ({ takes, fails, foreign }: { takes: number; fails: boolean; foreign: boolean }): void => {
    const parent = head()
    let { nonce } = parent
    const paused = new Set(parent.paused)
    const txs: (Sent & { ok: boolean })[] = []
    if (foreign) nonce++
    for (let i = 0; i < takes; i++) {
      const next = [...pool.values()].findLast((one) => one.nonce === nonce)
      if (!next) break
      pool.delete(next.hash)
      txs.push({ ...next, ok: !fails })
      if (!fails) paused.add(next.call)
      nonce++
    }
    blocks = [...blocks, { number: parent.number + 1n, hash: fresh(), txs, nonce, paused }]
  }

  const others = (paused: ReadonlySet<number>): void => {
    blocks = [...blocks, { ...head(), number: head().number + 1n, hash: fresh(), txs: [], paused }]
  }

  const play = (event: Event): void => {
    if (event.kind === 'block') mine(event)
    else if (event.kind === 'drop') return pool.clear()
    else if (event.kind === 'readFails') readFails = true
    else if (event.kind === 'otherPause') others(new Set(Array.from({ length: calls }, (_, i) => i)))
    else if (event.kind === 'release') others(new Set())
    else {
      const keep = Math.max(1, blocks.length - event.depth)
      const dropped = blocks.slice(keep)
      blocks = blocks.slice(0, keep)
      if (!event.forgets) for (const block of dropped) for (const tx of block.txs) pool.set(tx.hash, tx)
      if (status === 'holding' && dropped.some((block) => block.hash === receipt)) status = 'wanted'
      mine({ takes: 0, fails: false, foreign: false })
    }
    respond()
  }
  return { play, everSent, status: () => status, pulls: () => pulls, blocks: () => blocks, holds: () => head().paused.size === calls }
}

const block = fc.record({
  kind: fc.constant('block' as const),
  takes: fc.integer({ min: 0, max: 3 }),
  fails: fc.boolean(),
  foreign: fc.boolean(),
})
const reorg = fc.record({ kind: fc.constant('reorg' as const), depth: fc.integer({ min: 1, max: 4 }), forgets: fc.boolean() })
const simple = fc.constantFrom<Event>({ kind: 'drop' }, { kind: 'readFails' }, { kind: 'otherPause' }, { kind: 'release' })
const events: fc.Arbitrary<readonly Event[]> = fc.array(fc.oneof({ weight: 4, arbitrary: block }, reorg, simple), { maxLength: 30 })
const quiet: Event = { kind: 'block', takes: 10, fails: false, foreign: false }

test('whatever the chain does: one mined effect per intent, never more pulls than allowed, and an end once it is quiet', () => {
  fc.assert(
    fc.property(events, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), (story, calls, atMostPulls) => {
      const { play, everSent, status, pulls, blocks, holds } = game(calls, atMostPulls)
      for (const event of [...story, quiet, quiet, quiet, quiet]) {
        play(event)
        expect(pulls()).toBeLessThanOrEqual(atMostPulls)
        const mined = blocks().flatMap((one) => one.txs.map((tx) => tx.hash))
        for (const intent of everSent)
          expect(intent.attempts.filter((attempt) => mined.includes(attempt.hash)).length).toBeLessThanOrEqual(1)
      }
      for (let i = 0; i < 2 * atMostPulls && status() === 'wanted'; i++) play(quiet)
      expect(status()).not.toBe('wanted')
      if (status() === 'holding') expect(holds()).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('on a chain without reorgs no call is carried out twice within a pull', () => {
  const straight = fc.array(fc.oneof({ weight: 4, arbitrary: block }, simple), { maxLength: 30 })
  fc.assert(
    fc.property(straight, fc.integer({ min: 1, max: 3 }), (story, calls) => {
      const { play, everSent, blocks } = game(calls, 2)
      for (const event of [...story, quiet, quiet]) play(event)
      const done = new Map(
        everSent.flatMap((intent) =>
          intent.attempts.map((attempt) => [attempt.hash, `${intent.id.split('.')[0]}.${intent.call}`] as const),
        ),
      )
      const carried = blocks().flatMap((one) => one.txs.flatMap((tx) => done.get(tx.hash) ?? []))
      expect(new Set(carried).size).toBe(carried.length)
    }),
    { numRuns: 1_000 },
  )
})
