import { engine } from '../engine.ts'

export const noun = engine
