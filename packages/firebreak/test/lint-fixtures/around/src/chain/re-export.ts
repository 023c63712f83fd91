export * from '../engine.ts'
