// What people do with a protocol, and what of it must go on if it can.

export const activities = ['deposits', 'withdrawals', 'borrows', 'repayments', 'liquidations', 'transfers', 'swaps', 'claims'] as const
export type Activity = (typeof activities)[number]

/** Stopping these hurts more than the attack often does: debts grow, users are locked in, positions go under. */
export const essential: readonly Activity[] = ['repayments', 'withdrawals', 'liquidations']
