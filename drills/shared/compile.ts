// Compiles the Solidity files that lie beside a drill; what several drills deploy lies here.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { compileSolidity, type Artifact } from 'firebreak/drill'

/** The named contracts of these files, which lie in `folder` or are given from there; they import each other by name. */
export function compile<const name extends string>(
  folder: string,
  files: readonly string[],
  names: readonly name[],
): Readonly<Record<name, Artifact>> {
  const contracts = compileSolidity(Object.fromEntries(files.map((file) => [basename(file), readFileSync(join(folder, file), 'utf8')])))
  const found = {} as Record<name, Artifact>
  for (const name of names) {
    const contract = contracts[name]
    if (!contract) throw new Error(`${folder} has no contract ${name}`)
    found[name] = contract
  }
  return found
}

/** A plain ERC-20, and a lender of flash loans without a fee. */
export const sharedContracts = (): Readonly<Record<'Token' | 'FlashLender', Artifact>> =>
  compile(import.meta.dirname, ['Token.sol', 'FlashLender.sol'], ['Token', 'FlashLender'])
