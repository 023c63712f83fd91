import type { Hen } from './hen.ts'

export interface Egg {
  readonly from: Hen
}
