// A value over time, kept as immutable chunks: branches of the chain share all but the newest chunk, and old chunks fall off.

/** Changes that are closer together than the resolution share one stretch. */
interface Stretch {
  readonly from: number
  readonly until: number
  readonly low: bigint
  readonly high: bigint
  readonly last: bigint
}

interface Chunk {
  readonly low: bigint
  readonly high: bigint
  readonly items: readonly [Stretch, ...Stretch[]]
}

/** Only changes are kept: a value holds until the next one. Times are whole seconds. */
export interface Series {
  readonly chunks: readonly Chunk[]
}

export interface Span {
  /** Seconds of history that are ever asked for. */
  readonly keeps: number
  /** Seconds that may share a stretch. */
  readonly resolution: number
}

export const emptySeries: Series = { chunks: [] }

const chunkSize = 32
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const fresh = (at: number, value: bigint): Stretch => ({ from: at, until: at, low: value, high: value, last: value })

/** The series with one more value; what can no longer be asked for is dropped. */
export function extended(series: Series, at: number, value: bigint, span: Span): Series {
  const { chunks } = series
  const open = chunks.at(-1)
  if (!open) return { chunks: [{ low: value, high: value, items: [fresh(at, value)] }] }
  const newest = open.items.at(-1) ?? open.items[0]
  const low = min(open.low, value)
  const high = max(open.high, value)
  // The very first stretch stays alone: it stands for all the time before we watched.
  const joins = at - newest.from < span.resolution && (chunks.length > 1 || open.items.length > 1)
  let next: Chunk
  if (joins) {
    const longer = { from: newest.from, until: at, low: min(newest.low, value), high: max(newest.high, value), last: value }
    const [head, ...tail] = open.items
    next = tail.length === 0 ? { low, high, items: [longer] } : { low, high, items: [head, ...tail.slice(0, -1), longer] }
  } else if (open.items.length < chunkSize) {
    next = { low, high, items: [...open.items, fresh(at, value)] }
  } else {
    return { chunks: [...kept(chunks, at - span.keeps), { low: value, high: value, items: [fresh(at, value)] }] }
  }
  return { chunks: [...kept(chunks, at - span.keeps).slice(0, -1), next] }
}

/** Without the chunks whose last value was replaced before `since`. */
function kept(chunks: readonly Chunk[], since: number): readonly Chunk[] {
  let drop = 0
  while (drop < chunks.length - 1 && (chunks[drop + 1]?.items[0].from ?? Infinity) <= since) drop += 1
  return drop === 0 ? chunks : chunks.slice(drop)
}

/** The lowest and highest value that held at any time from `from` to `to`; before the first value, the first one held. */
export function extremes(series: Series, from: number, to: number): { readonly low: bigint; readonly high: bigint } | undefined {
  const first = series.chunks[0]?.items[0]
  if (!first) return undefined
  let low: bigint | undefined
  let high: bigint | undefined
  for (let c = series.chunks.length - 1; c >= 0; c -= 1) {
    const chunk = series.chunks[c]
    if (!chunk || chunk.items[0].from > to) continue
    const end = chunk.items.at(-1)?.until ?? to
    if (chunk.items[0].from > from && end <= to) {
      low = low === undefined ? chunk.low : min(low, chunk.low)
      high = high === undefined ? chunk.high : max(high, chunk.high)
      continue
    }
    for (let i = chunk.items.length - 1; i >= 0; i -= 1) {
      const one = chunk.items[i]
      // A stretch that is still going on at `to` counts from when it is over: the window is then a little longer, never shorter.
      if (!one || one.until > to) continue
      const replaced = one.until <= from
      const [lowest, highest] = replaced ? [one.last, one.last] : [one.low, one.high]
      low = low === undefined ? lowest : min(low, lowest)
      high = high === undefined ? highest : max(high, highest)
      // What held at `from` is the last value that was set before it; older ones no longer held.
      if (replaced) return { low, high }
    }
  }
  if (low === undefined || high === undefined) return { low: first.last, high: first.last }
  return from < first.from ? { low: min(low, first.last), high: max(high, first.last) } : { low, high }
}

/** The value that held at `at`. */
export function valueAt(series: Series, at: number): bigint | undefined {
  return extremes(series, at, at)?.low
}
