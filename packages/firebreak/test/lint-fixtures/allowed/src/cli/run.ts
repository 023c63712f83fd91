import { ask } from '../chain/ask.ts'

export const run = (): string => ask({ name: 'noun' })
