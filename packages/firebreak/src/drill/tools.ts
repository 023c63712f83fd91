// What drills are written with, from `firebreak/drill`: apart from the public face, so that a plan needs no types of Node's.
export { compileSolidity } from '../local-chain/solc.ts'
export type { Address, Hex } from '../model/hex.ts'
export { defineDrill } from './define.ts'
export type { Act, Actor, Artifact, Drill, Kit, Random, Scene, Strike, TransactionRequest, Variant } from './define.ts'
export { encodeCall } from './encode.ts'
export { openPackage } from './package-tarball.ts'
