// Whether a drill was passed: what the variants promise, and that the attack was worth stopping.
import type { Dollars } from '../model/money.ts'
import { usd, type DrillResult } from './result.ts'

/** Why the drill counts as failed; empty when it was passed. */
export function verdictOn(result: DrillResult, firstLoss: Dollars): readonly string[] {
  const { variant, lostUsd, lostUsdWithoutFirebreak: alone, falseActions, detected, lostAfterBrakeUsd = 0 } = result
  const wrong: string[] = []
  const say = (is: boolean, why: string): void => void (is && wrong.push(why))
  if (variant === 'quiet' || variant === 'grief') {
    say(falseActions > 0, `${falseActions} brakes pulled although nobody attacked`)
    say(lostUsd > 0, `$${lostUsd} lost although nobody attacked`)
    return wrong
  }
  // What nobody saw coming, or what stays below every bound, may succeed once.
  const allowed = variant === 'private' || variant === 'aware' ? usd(firstLoss) : 0
  say(detected === null, 'the attack was not noticed')
  say(lostUsd > allowed, `$${lostUsd} lost, at most $${allowed} may be`)
  say(lostAfterBrakeUsd > 0, `$${lostAfterBrakeUsd} lost after the first brake held`)
  say(falseActions > 0, `${falseActions} brakes pulled before the attack`)
  say(
    alone <= allowed,
    allowed > 0 ? 'the repetition takes nothing, even without Firebreak' : 'the attack takes nothing, even without Firebreak',
  )
  return wrong
}
