// Decisions that rest on one operator's word and lead to no act: they settle nothing, are made again, and are told once.
import type { Grounds } from '../model/chain.ts'
import type { Decision } from '../model/decision.ts'

export interface OneWord {
  /** settled: for good · open: to be asked again · repeats: open, and said before in the very same way. */
  readonly standing: (decision: Decision) => 'settled' | 'open' | 'repeats'
}

export function oneWord(): OneWord {
  const last = new Map<string, string>()
  return {
    standing: (decision) => {
      const { incident, verdict, obstacle, alone, brakes } = decision
      if (alone === undefined || verdict === 'pull') {
        last.delete(incident)
        return 'settled'
      }
      const text = [verdict, obstacle, alone, ...brakes].join('|')
      const repeats = last.get(incident) === text
      last.set(incident, text)
      return repeats ? 'repeats' : 'open'
    },
  }
}

/** Whose word alone a decision rests on: that of its answers, or of the blocks that it starts from. */
export const whoseWord = (answers: readonly (string | undefined)[], blocks: readonly (Grounds | undefined)[]): string | undefined =>
  [...answers, ...blocks.map((block) => block?.alone)].find((one) => one !== undefined)
