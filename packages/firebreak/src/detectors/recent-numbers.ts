// The latest numbers of a series, kept as immutable chunks, so that branches of the chain share all but the newest.

export interface Recent {
  readonly chunks: readonly (readonly number[])[]
}

export const noNumbers: Recent = { chunks: [] }

const chunkSize = 32

/** With one more; at least the latest `keeps` stay. */
export function withNumber({ chunks }: Recent, value: number, keeps: number): Recent {
  const open = chunks.at(-1)
  if (!open || open.length === chunkSize) {
    const most = Math.ceil(keeps / chunkSize) + 1
    return { chunks: [...chunks, [value]].slice(-most) }
  }
  return { chunks: [...chunks.slice(0, -1), [...open, value]] }
}

/** The latest `count`, in order of size. */
export function sortedNumbers({ chunks }: Recent, count: number): Float64Array {
  return Float64Array.from(chunks.flat().slice(-count)).sort()
}
