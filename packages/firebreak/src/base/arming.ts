// Which brakes people have disarmed: what is decided about them is recorded, as in shadow, and nothing is sent.

/** With `all`, everything is disarmed but `but`; without it, `but` alone is. So a brake that a later plan adds is disarmed, too. */
export interface Disarmed {
  readonly all: boolean
  readonly but: readonly string[]
}

export interface ArmingOrder {
  readonly order: 'disarm' | 'arm'
  /** Every brake where none is named. */
  readonly brake: string | undefined
}

export const nothingDisarmed: Disarmed = { all: false, but: [] }

/** @example isDisarmed(afterArming(nothingDisarmed, { order: 'disarm', brake: undefined }), 'pause') // true */
export function afterArming(now: Disarmed, { order, brake }: ArmingOrder): Disarmed {
  const disarms = order === 'disarm'
  if (brake === undefined) return { all: disarms, but: [] }
  const others = now.but.filter((one) => one !== brake)
  return { all: now.all, but: disarms === now.all ? others : [...others, brake].sort() }
}

export const isDisarmed = ({ all, but }: Disarmed, brake: string): boolean => all !== but.includes(brake)

/** Of these brakes, those that are disarmed. */
export const disarmedOf = (disarmed: Disarmed, brakes: readonly string[]): readonly string[] =>
  brakes.filter((brake) => isDisarmed(disarmed, brake))
