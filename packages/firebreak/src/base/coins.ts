// Wei as whole coins and as gwei, for people.

/** Six digits after the point: enough to compare fees by, and never a zero for something. */
export function coinsText(wei: bigint): string {
  const micro = wei / 10n ** 12n
  if (wei > 0n && micro === 0n) return 'under 0.000001'
  const fraction = (micro % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '')
  return `${(micro / 1_000_000n).toLocaleString('en-US')}${fraction === '' ? '' : `.${fraction}`}`
}

/** Gwei with as many digits as it takes to tell it from nothing. */
export function gweiText(wei: bigint): string {
  const gwei = Number(wei) / 1e9
  return `${gwei >= 100 ? Math.round(gwei).toLocaleString('en-US') : Number(gwei.toPrecision(3))} gwei`
}
