// Where signed bytes go: to everybody at once, or, against an attack that nobody saw coming, to the relay first and to the public when it does not help.
import type { Attempt, Intent } from '../../model/brake.ts'
import { broadcast, type BroadcastOptions } from '../broadcast.ts'
import type { Relay } from './relay.ts'

export interface SubmitOptions extends BroadcastOptions {
  readonly relay: Relay | undefined
  readonly head: () => { readonly number: bigint } | undefined
  /** Everything of ours that is on its way. */
  readonly live: () => readonly Intent[]
  /** Whether whoever attacks should not see this coming. */
  readonly isQuiet: (intent: Intent) => boolean
  /** Whether it races anybody at all: a release does not. */
  readonly isUrgent: (intent: Intent) => boolean
}

type Form = Pick<Attempt, 'raw' | 'hash'>

/** Every form of one intent goes where the first one went: a better-paid copy in public would show what the relay hides. */
export function submitting(options: SubmitOptions): (intents: readonly Intent[], reminder: boolean) => Promise<void> {
  const { relay } = options
  /** What the relay would not take: public from then on. */
  const exposed = new Set<string>()
  let told: string | undefined

  const isHidden = (intent: Intent): boolean => {
    const head = options.head()
    const early = head !== undefined && intent.publicFrom !== undefined && head.number < intent.publicFrom
    return relay !== undefined && early && !exposed.has(intent.id) && options.isQuiet(intent)
  }

  /** A bundle is one block or nothing: what comes before it from the same key has to be in it. */
  const formsOf = (intents: readonly Intent[]): readonly Form[] => {
    const last = intents.reduce((most, one) => (one.nonce > most ? one.nonce : most), 0n)
    const before = options.live().filter((one) => intents.some(({ key }) => key === one.key) && one.nonce < last && isHidden(one))
    const byNonce = new Map([...before, ...intents].map((one) => [one.nonce, one.attempts.at(-1)]))
    return [...byNonce].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, form]) => form ?? [])
  }

  const toRelay = async (intents: readonly Intent[]): Promise<string | undefined> => {
    const head = options.head()
    if (!relay || !head) return 'there is no relay'
    const until = intents.reduce(
      (most, one) => ((one.publicFrom ?? 0n) > most ? (one.publicFrom ?? 0n) : most),
      head.number + BigInt(relay.publicAfter),
    )
    const said = await relay.send(formsOf(intents), {
      head: head.number,
      until,
      may: () => intents.every((intent) => options.mayAct(intent.brake)),
    })
    const why = said.ok ? undefined : `the relay ${said.why}`
    options.writeLater(
      intents.map((intent) => ({
        kind: 'broadcast',
        at: options.now(),
        body: { intent: intent.id, tx: intent.attempts.at(-1)?.hash, result: said.ok ? 'sent' : 'refused', why, to: 'relay' },
      })),
    )
    return why
  }

  const quietly = async (intents: readonly Intent[]): Promise<void> => {
    const why = await toRelay(intents)
    if (why === undefined) return
    for (const intent of intents) exposed.add(intent.id)
    options.onTrouble(`${[...new Set(intents.map((one) => one.brake))].join(', ')} goes to the public mempool at once: ${why}`)
    await Promise.all(intents.map((intent) => broadcast(intent, options)))
  }

  /** Besides, and never waited for: builders that do not listen to the mempool hear of it, too. */
  const besides = async (intents: readonly Intent[]): Promise<void> => {
    const why = await toRelay(intents)
    if (why !== undefined && why !== told) options.onTrouble(`it is in the public mempool only: ${why}`)
    told = why
  }

  return async (intents, reminder) => {
    const mine = intents.filter((intent) => options.mayAct(intent.brake))
    const hidden = mine.filter(isHidden)
    const open = mine.filter((intent) => !hidden.includes(intent))
    const urgent = relay && !reminder ? open.filter(options.isUrgent) : []
    await Promise.all([
      ...open.map((intent) => broadcast(intent, options, reminder)),
      ...(urgent.length > 0 ? [besides(urgent)] : []),
      // A relay keeps what it has until the next block: between blocks nobody has to be reminded.
      ...(hidden.length > 0 && !reminder ? [quietly(hidden)] : []),
    ])
  }
}
