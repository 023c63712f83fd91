// Says how long an authority's own delay is, in a person's words.

/** 172800n seconds: '2 d'. */
export function spanText(seconds: bigint): string {
  const parts = [
    [seconds / 86_400n, 'd'],
    [(seconds / 3_600n) % 24n, 'h'],
    [(seconds / 60n) % 60n, 'min'],
    [seconds % 60n, 's'],
  ] as const
  const said = parts.filter(([count]) => count > 0n).slice(0, 2)
  return said.length === 0 ? 'no time' : said.map(([count, unit]) => `${count} ${unit}`).join(' ')
}
