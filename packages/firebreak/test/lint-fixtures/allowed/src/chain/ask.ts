import type { Noun } from '../model/noun.ts'

export const ask = (noun: Noun): string => noun.name
