// Cuts a byte stream into JSON messages: by newline, and for nodes that send none by counting braces outside of strings.

/** The stream cannot be understood any more; only a new connection helps. */
export class BrokenStream extends Error {
  override readonly name: string = 'BrokenStream'
}

export interface Frames {
  /** Each byte is looked at a bounded number of times, however the stream is cut into chunks. Throws `BrokenStream`. */
  readonly feed: (chunk: Buffer) => void
  /** Whether a message has begun that has not ended. */
  readonly unfinished: () => boolean
}

const newline = 0x0a
const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/** `deliver` gets each message, parsed, in order. */
export function frames(deliver: (message: unknown) => void, maxBytes: number): Frames {
  let held: Buffer[] = []
  let heldBytes = 0
  /** How many of the held chunks have been counted through; the three that follow are the count's state at their end. */
  let counted = 0
  let depth = 0
  let inString = false
  let escaped = false
  /** Set when newlines turn out not to end messages: from then on every byte is counted as it comes. */
  let byBraces = false

  function forget(): void {
    held = []
    heldBytes = 0
    counted = 0
    depth = 0
    inString = false
    escaped = false
  }

  function hold(piece: Buffer): void {
    if (piece.length === 0) return
    heldBytes += piece.length
    if (heldBytes > maxBytes) throw new BrokenStream(`a message of more than ${maxBytes} bytes`)
    held.push(piece)
  }

  /** Where the message that begins with the held bytes ends in this chunk, or -1. */
  function endIn(chunk: Buffer): number {
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (inString) {
        if (escaped) escaped = false
        else if (byte === backslash) escaped = true
        else if (byte === quote) inString = false
      } else if (byte === quote && depth > 0) inString = true
      else if (byte === openBrace || byte === openBracket) depth++
      else if (byte === closeBrace || byte === closeBracket) {
        depth--
        if (depth === 0) return at + 1
        if (depth < 0) throw new BrokenStream('a closing brace before an opening one')
      } else if (depth === 0 && byte !== undefined && byte > 0x20) throw new BrokenStream('text between messages')
    }
    return -1
  }

  function countBraces(): void {
    while (counted < held.length) {
      const chunk = held[counted]
      if (chunk === undefined) return
      const end = endIn(chunk)
      counted++
      if (end === -1) continue
      const text = textOf([...held.slice(0, counted - 1), chunk.subarray(0, end)])
      const rest = [chunk.subarray(end), ...held.slice(counted)]
      // The next message follows at once: a node that sends no newlines.
      if ((chunk[end] ?? 0) > 0x20) byBraces = true
      forget()
      for (const piece of rest) hold(piece)
      const message = parse(text)
      if (message === undefined) throw new BrokenStream('not JSON')
      deliver(message.value)
    }
    // Between messages there is only white space, which need not be kept.
    if (depth === 0) forget()
  }

  function endLine(line: Buffer): void {
    const text = held.length === 0 ? line.toString('utf8') : textOf([...held, line])
    const message = parse(text)
    if (message === undefined && text.trim() !== '') {
      byBraces = true
      hold(line)
      return
    }
    forget()
    if (message) deliver(message.value)
  }

  return {
    feed: (chunk) => {
      let start = 0
      while (!byBraces) {
        const end = chunk.indexOf(newline, start)
        if (end === -1) break
        endLine(chunk.subarray(start, end))
        start = end + 1
      }
      const rest = start === 0 ? chunk : chunk.subarray(start)
      const last = lastVisible(rest)
      if (last === undefined && held.length === 0) return
      hold(rest)
      // A node that sends newlines rarely has a chunk end with a brace before one: its answers are not counted.
      if (byBraces || last === closeBrace || last === closeBracket) countBraces()
    },
    unfinished: () => held.length > 0,
  }
}

/** The last byte that is not white space. */
function lastVisible(chunk: Buffer): number | undefined {
  let at = chunk.length - 1
  while (at >= 0 && (chunk[at] ?? 0) <= 0x20) at--
  return chunk[at]
}

function textOf(pieces: readonly Buffer[]): string {
  const [only] = pieces
  return pieces.length === 1 && only ? only.toString('utf8') : Buffer.concat(pieces).toString('utf8')
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}
