// The words of a call's arguments, and of the calls that are carried inside of it as bytes.

export interface Word {
  /** Where its digits begin in the text of the calldata. */
  readonly at: number
  readonly word: string
}

/** Calldata of a contract wallet around a multicall around a call is as deep as attacks go; somebody else chose these bytes. */
const deepest = 4
const mostWords = 4_096
const selector = 8

/** `data` in lower case, with its 0x. */
export function wordsWithin(data: string): readonly Word[] {
  const found: Word[] = []
  const regions = [{ from: 2 + selector, to: data.length, depth: 0 }]
  for (let region = regions.shift(); region; region = regions.shift()) {
    for (let at = region.from; at + 64 <= region.to && found.length < mostWords; at += 64) {
      const word = data.slice(at, at + 64)
      found.push({ at, word })
      const inner = callAfter(word, at, region.to)
      if (inner && region.depth < deepest) regions.push({ ...inner, depth: region.depth + 1 })
    }
  }
  return found
}

/** Bytes whose length is a selector and whole words are a call within the call. */
function callAfter(word: string, at: number, end: number): { readonly from: number; readonly to: number } | undefined {
  if (!/^0{56}/.test(word)) return undefined
  const length = Number.parseInt(word.slice(56), 16)
  const to = at + 64 + length * 2
  return length >= 36 && length % 32 === 4 && to <= end ? { from: at + 64 + selector, to } : undefined
}
