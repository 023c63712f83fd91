// Numbers in a person's words: spans of time and counts. Dollars are in dollars.ts, coins in base/coins.ts.

/** `12 s`, `1.5 min`, `2 h`; fractions only where they tell something. */
export function spanText(seconds: number): string {
  if (seconds < 1) return seconds === 0 ? '0 s' : 'under 1 s'
  if (seconds < 100) return `${round(seconds)} s`
  if (seconds < 5_400) return `${round(seconds / 60)} min`
  return `${round(seconds / 3_600)} h`
}

const round = (value: number): string => String(value < 10 ? Math.round(value * 10) / 10 : Math.round(value))

export const countText = (count: bigint | number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${BigInt(count) === 1n ? one : many}`

/** A moment in UTC, to the second: `2026-07-31 14:03:09`. */
export const timeText = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

/** Breaks words into lines of at most `width`; a word that is longer stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

export const short = (hex: string): string => `${hex.slice(0, 10)}…${hex.slice(-4)}`
