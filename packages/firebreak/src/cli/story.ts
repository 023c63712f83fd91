// Tells what the engine does, as it happens, in sentences with dollars and minutes.
import type { Effect, Input } from '../engine/inputs.ts'
import { isRelease } from '../engine/wishes.ts'
import type { Decision } from '../model/decision.ts'
import type { Dollars } from '../model/money.ts'
import type { Signal } from '../model/signal.ts'
import type { Io } from './io.ts'

export interface Story {
  readonly onInput: (input: Input, effects: readonly Effect[]) => void
}

/** $1,234,567 — cents only below a hundred dollars. */
export function dollarsText(dollars: Dollars): string {
  const whole = dollars / 10n ** 18n
  if (whole >= 100n || whole <= -100n) return `$${whole.toLocaleString('en-US')}`
  return `$${(Number(dollars / 10n ** 14n) / 10_000).toFixed(2)}`
}

export function storyOf(io: Io): Story {
  const time = (at: number): string => io.paint('dim', new Date(at).toISOString().slice(11, 23))

  const onDecision = (decision: Decision, at: number): void => {
    const { comparison } = decision
    const verdict = { pull: io.paint('red', 'PULL'), propose: io.paint('yellow', 'PROPOSE'), hold: io.paint('dim', 'hold') }[decision.verdict]
    io.say(`${time(at)} ${io.paint('bold', decision.incident)} ${verdict} ${decision.brakes.join(' + ') || 'nothing'} (${decision.why})`)
    if (!comparison) return
    for (const candidate of comparison.candidates)
      io.say(`             ${candidate.brakes.join(' + ')}: leaves ${dollarsText(candidate.residual)}, a false pause costs ${dollarsText(candidate.cost)}`)
  }

  return {
    onInput: (input, effects) => {
      if (input.kind === 'desire' && input.news.kind === 'holding') {
        const { receipt } = input.news
        io.say(`${time(input.at)} ${isRelease(input.desire) ? io.paint('yellow', 'RELEASED') : io.paint('green', 'HOLDS')} ${receipt.brake} at block ${receipt.block.number}${receipt.tx ? ` by ${receipt.tx}` : ', by someone else'}`)
      }
      if (input.kind === 'desire' && input.news.kind !== 'holding') io.say(`${time(input.at)} ${input.desire}: ${input.news.kind}`)
      if (input.kind === 'happening' && input.happening.kind === 'retraction') io.say(`${time(input.at)} reorg: ${input.happening.dropped.length} blocks taken back`)
      if (input.kind === 'happening' && input.happening.kind === 'gap') io.say(`${time(input.at)} gap: blocks ${input.happening.from} to ${input.happening.to}: ${input.happening.why}`)
      for (const effect of effects) {
        if (effect.kind !== 'record') continue
        for (const entry of effect.entries) {
          if (entry.kind === 'signal') {
            // Our own entries have the shapes that we wrote.
            const signal = entry.body as unknown as Signal
            io.say(`${time(entry.at)} ${signal.watch} ${io.paint('dim', `${Math.round(signal.likelihood * 100)} %`)} ${signal.summary}`)
          }
          if (entry.kind === 'decision') onDecision(entry.body as unknown as Decision, entry.at)
        }
      }
    },
  }
}
