// Watches the engine from outside during a drill: what it heard, decided and sent. It changes nothing.
import type { Effect, Input } from '../engine/inputs.ts'
import type { Desire, Receipt } from '../model/brake.ts'
import type { Decision } from '../model/decision.ts'
import type { Hex } from '../model/hex.ts'
import type { Incident } from '../model/incident.ts'
import type { Dollars } from '../model/money.ts'
import type { Signal } from '../model/signal.ts'

export interface Detection {
  /** The watches whose verdicts the first incident had when it was first heard of. */
  readonly by: readonly string[]
  readonly block: bigint
  readonly pending: boolean
  readonly ms: number
}

export interface Observed {
  readonly onInput: (input: Input, effects: readonly Effect[]) => void
  readonly attackBegins: (head: bigint) => void
  readonly heard: (tx: Hex) => boolean
  readonly began: () => bigint | undefined
  readonly detection: () => Detection | undefined
  readonly signals: () => readonly Signal[]
  readonly decisions: () => readonly Decision[]
  /** Milliseconds from the attack to the first brake that was handed to the responder. */
  readonly pulledAfterMs: () => number | undefined
  /** What the plan's contracts held when the first incident was heard of, in dollars. */
  readonly heldAtFirst: () => Dollars | undefined
  readonly wanted: () => readonly { readonly desire: Desire; readonly beforeAttack: boolean }[]
  readonly receipts: () => readonly Receipt[]
}

export function watchRun(): Observed {
  const pending = new Set<Hex>()
  const signals: Signal[] = []
  const decisions: Decision[] = []
  const wanted: { desire: Desire; beforeAttack: boolean }[] = []
  const receipts: Receipt[] = []
  let began: { readonly head: bigint; readonly at: number } | undefined
  let detection: Detection | undefined
  let pulledAfterMs: number | undefined
  let firstHeld: Dollars | undefined

  /** The incident comes in the same record as the signal that opened it. */
  const onSignal = (signal: Signal, effects: readonly Effect[], at: number): void => {
    signals.push(signal)
    if (signal.weight !== 'verdict' || !began || detection) return
    const { block, kind } = signal.moment
    const incident = incidentOf(signal.id, effects)
    firstHeld = incident?.exposure ? incident.exposure.lost + incident.exposure.atRisk : undefined
    detection = {
      by: incident ? Object.keys(incident.verdicts) : [signal.watch],
      block: block.number,
      pending: kind === 'pending',
      ms: at - began.at,
    }
  }

  return {
    onInput: (input, effects) => {
      if (input.kind === 'happening' && input.happening.kind === 'pending') pending.add(input.happening.tx.hash)
      if (input.kind === 'desire' && input.news.kind === 'holding') receipts.push(input.news.receipt)
      for (const effect of effects) {
        if (effect.kind === 'want') {
          wanted.push({ desire: effect.desire, beforeAttack: began === undefined })
          if (began) pulledAfterMs ??= Date.now() - began.at
        }
        if (effect.kind !== 'record') continue
        // Our own entries have the shapes that we wrote.
        for (const { kind, body } of effect.entries) {
          if (kind === 'signal') onSignal(body as unknown as Signal, effects, input.at)
          if (kind === 'decision') decisions.push(body as unknown as Decision)
          const last = decisions.at(-1)
          if (kind === 'comparison' && last)
            decisions[decisions.length - 1] = { ...last, comparison: body as unknown as Decision['comparison'] }
        }
      }
    },
    attackBegins: (head) => {
      began = { head, at: Date.now() }
    },
    heard: (tx) => pending.has(tx),
    began: () => began?.head,
    detection: () => detection,
    signals: () => signals,
    decisions: () => decisions,
    pulledAfterMs: () => pulledAfterMs,
    heldAtFirst: () => firstHeld,
    wanted: () => wanted,
    receipts: () => receipts,
  }
}

/** Our own entries have the shapes that we wrote. */
function incidentOf(signal: Hex, effects: readonly Effect[]): Incident | undefined {
  for (const effect of effects) {
    if (effect.kind !== 'record') continue
    for (const entry of effect.entries) {
      const incident = entry.kind === 'incident' ? (entry.body as unknown as Incident) : undefined
      if (incident?.signals.includes(signal)) return incident
    }
  }
  return undefined
}
