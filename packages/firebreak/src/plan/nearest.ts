// Finds the name that was probably meant, for "did you mean".

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The closest of the names, if it is close enough to be a slip: at most a third of its letters. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((candidate) => ({ candidate, off: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, off }) => off <= Math.max(1, Math.floor(candidate.length / 3)))
  return ranked.toSorted((one, other) => one.off - other.off)[0]?.candidate
}

/** A mend in words: the nearest name, or all there are. */
export function suggest(name: string, names: readonly string[], none: string): string {
  const close = nearest(name, names)
  if (close !== undefined) return `did you mean '${close}'?`
  return names.length === 0 ? none : `use one of: ${names.toSorted().join(', ')}`
}
