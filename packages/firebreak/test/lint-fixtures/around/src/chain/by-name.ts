import type { Plan } from 'firebreak'

export const nameOf = (plan: Plan): string => plan.name
