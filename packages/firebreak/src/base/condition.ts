// Reads whether a brake holds; undefined where the read failed, which is never taken for an answer.
import type { Condition } from '../model/brake.ts'
import type { Answers } from '../model/call.ts'

export function conditionHolds(condition: Condition, moment: Answers): boolean | undefined {
  const read = condition.probe.of(moment)
  if (!read.ok) return undefined
  const { wanted } = condition
  // Small integer types are decoded to numbers; a plan's conditions are bigints.
  const value = Number.isSafeInteger(read.value) ? BigInt(read.value as number) : read.value
  if (wanted.kind === 'is') return value === wanted.value
  if (typeof value !== 'bigint') return undefined
  return wanted.kind === 'atMost' ? value <= wanted.value : value >= wanted.value
}
