// What a chain's private relay, or its absence, means for a brake against an attack that nobody saw waiting.
import type { ResolvedChain } from '../model/plan.ts'
import type { Finding } from './report.ts'

/** `answers` is undefined where it was not asked. */
export function relayFindings(
  { name, relay, profile }: ResolvedChain,
  answers: { readonly ok: true } | { readonly ok: false; readonly why: string } | undefined,
): readonly Finding[] {
  if (!relay)
    return profile.mempool === 'none'
      ? []
      : [
          {
            about: name,
            says: 'has no private relay: a brake against an attack that nobody saw waiting goes through the public mempool, where the attacker can see it and be ahead of it',
          },
        ]
  if (answers?.ok !== false) return []
  return [
    {
      about: name,
      says: `its private relay ${answers.why}: a brake that should not be seen would go to the public mempool at once`,
    },
  ]
}
