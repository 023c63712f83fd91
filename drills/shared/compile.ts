// Compiles the Solidity files that lie beside a drill; what several drills deploy lies here.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileSolidity, type Artifact } from 'firebreak'

/** The named contracts of these files of `folder`. */
export function compile<const name extends string>(
  folder: string,
  files: readonly string[],
  names: readonly name[],
): Readonly<Record<name, Artifact>> {
  const contracts = compileSolidity(Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')])))
  const found = names.map((name) => {
    const contract = contracts[name]
    if (!contract) throw new Error(`${folder} has no contract ${name}`)
    return [name, contract] as const
  })
  return Object.fromEntries(found) as Record<name, Artifact>
}

/** A plain ERC-20, and a lender of flash loans without a fee. */
export const sharedContracts = (): Readonly<Record<'Token' | 'FlashLender', Artifact>> =>
  compile(import.meta.dirname, ['Token.sol', 'FlashLender.sol'], ['Token', 'FlashLender'])
