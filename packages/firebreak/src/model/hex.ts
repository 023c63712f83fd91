// The two shapes that everything on an EVM chain is written in.

export type Hex = `0x${string}`

/** Checksummed once, at the edge; compared as text from then on. */
export type Address = `0x${string}`
