import { noun } from '../model/noun.ts'

export const thing = noun
