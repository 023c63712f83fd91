// The numbers that the plan and the drill's people have to agree on: the first sets them, the others go as near as they dare.

/** How much of an asset may leave the pool within the window. */
export const outflow = { above: '20%', ppm: 200_000n, window: '10m', windowSeconds: 600 } as const
/** How far a price may jump. */
export const priceStep = { step: '10%', ppm: 100_000n } as const
