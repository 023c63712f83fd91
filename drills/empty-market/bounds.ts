// The numbers that the plan and the drill's people have to agree on: the first sets them, the others go as near as they dare.

/** How much of an asset may leave a market within the window. */
export const outflow = { above: '20%', ppm: 200_000n, window: '10m', windowSeconds: 600 } as const
/** How far a cToken's exchange rate may move within the window. */
export const sharePrice = { maxStep: '2%', ppm: 20_000n } as const
/** How far a posted price may jump. */
export const priceStep = { step: '15%', ppm: 150_000n } as const
