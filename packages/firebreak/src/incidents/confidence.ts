// How sure an incident is, from what its watches said.

/** Evidence closes at most this share of what is left to certainty. */
const evidenceShare = 0.5

/** Verdicts of different watches count as independent; evidence only raises what a verdict began. */
export function confidenceOf(verdicts: Readonly<Record<string, number>>, evidence: Readonly<Record<string, number>>): number {
  let doubt = 1
  for (const likelihood of Object.values(verdicts)) doubt *= 1 - likelihood
  if (doubt === 1) return 0
  for (const likelihood of Object.values(evidence)) doubt *= 1 - evidenceShare * likelihood
  return 1 - doubt
}
