// Reads whether a brake holds; undefined where the read failed, which is never taken for an answer.
import type { Condition } from '../model/brake.ts'
import type { Answers } from '../model/call.ts'

export function conditionHolds(condition: Condition, moment: Answers): boolean | undefined {
  const read = condition.probe.of(moment)
  if (!read.ok) return undefined
  const { wanted } = condition
  if (wanted.kind === 'is') return read.value === wanted.value
  if (typeof read.value !== 'bigint' && typeof read.value !== 'number') return undefined
  const value = BigInt(read.value)
  return wanted.kind === 'atMost' ? value <= wanted.value : value >= wanted.value
}
