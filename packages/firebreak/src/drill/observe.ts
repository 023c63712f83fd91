// Watches the engine from outside during a drill: what it heard, decided and sent. It changes nothing.
import type { Effect, Input } from '../engine/inputs.ts'
import type { Desire, Receipt } from '../model/brake.ts'
import type { Decision } from '../model/decision.ts'
import type { Hex } from '../model/hex.ts'

export interface Detection {
  readonly by: readonly string[]
  readonly block: bigint
  readonly pending: boolean
  readonly ms: number
}

export interface Observed {
  readonly onInput: (input: Input, effects: readonly Effect[]) => void
  readonly trouble: (what: string) => void
  readonly attackBegins: (head: bigint) => void
  readonly heard: (tx: Hex) => boolean
  readonly began: () => bigint | undefined
  readonly detection: () => Detection | undefined
  readonly decisions: () => readonly Decision[]
  readonly wanted: () => readonly { readonly desire: Desire; readonly beforeAttack: boolean }[]
  readonly receipts: () => readonly Receipt[]
  readonly troubles: () => readonly string[]
}

export function watchRun(tell: (line: string) => void): Observed {
  const pending = new Set<Hex>()
  const decisions: Decision[] = []
  const wanted: { desire: Desire; beforeAttack: boolean }[] = []
  const receipts: Receipt[] = []
  const troubles: string[] = []
  let began: { readonly head: bigint; readonly at: number } | undefined
  let detection: Detection | undefined

  const onRecord = (kind: string, body: unknown, input: Input): void => {
    if (kind !== 'signal' || !began || detection || !isSignal(body) || body.weight !== 'verdict') return
    detection = { by: [body.watch], block: body.moment.block.number, pending: body.moment.kind === 'pending', ms: input.at - began.at }
  }

  return {
    onInput: (input, effects) => {
      if (input.kind === 'happening' && input.happening.kind === 'pending') pending.add(input.happening.tx.hash)
      if (input.kind === 'desire' && input.news.kind === 'holding') {
        receipts.push(input.news.receipt)
        tell(`${input.news.receipt.brake} holds since block ${input.news.receipt.block.number}`)
      }
      for (const effect of effects) {
        if (effect.kind === 'want') {
          wanted.push({ desire: effect.desire, beforeAttack: began === undefined })
          tell(`pulling ${effect.desire.brake}`)
        }
        if (effect.kind !== 'record') continue
        for (const entry of effect.entries) onRecord(entry.kind, entry.body, input)
        for (const entry of effect.entries) {
          if (entry.kind === 'signal' && isSignal(entry.body)) tell(`${entry.body.watch}: ${entry.body.summary}`)
          if (entry.kind === 'decision') decisions.push(entry.body as unknown as Decision)
          if (entry.kind === 'comparison') {
            const last = decisions.at(-1)
            if (last) decisions[decisions.length - 1] = { ...last, comparison: entry.body as unknown as Decision['comparison'] }
          }
        }
      }
    },
    trouble: (what) => {
      troubles.push(what)
      tell(`trouble: ${what}`)
    },
    attackBegins: (head) => {
      began = { head, at: Date.now() }
    },
    heard: (tx) => pending.has(tx),
    began: () => began?.head,
    detection: () => detection,
    decisions: () => decisions,
    wanted: () => wanted,
    receipts: () => receipts,
    troubles: () => troubles,
  }
}

interface SignalBody {
  readonly watch: string
  readonly summary: string
  readonly weight: string
  readonly moment: { readonly kind: string; readonly block: { readonly number: bigint } }
}

function isSignal(body: unknown): body is SignalBody {
  return typeof body === 'object' && body !== null && 'watch' in body && 'moment' in body
}
