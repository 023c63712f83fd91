// Compiles contracts/src/*.sol and writes what the engine needs of it as TypeScript: `node scripts/compile-contracts.ts`.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileSolidity } from '../packages/firebreak/src/local-chain/solc.ts'

const root = join(import.meta.dirname, '..')

/** Which contract goes where; `london` because both have to run on chains without PUSH0, MCOPY and transient storage. */
const targets = [
  { contract: 'Reader', name: 'reader', evmVersion: 'london', into: 'packages/firebreak/src/chain/reader/reader-code.ts', abi: true },
  { contract: 'Understudy', name: 'understudy', evmVersion: 'london', into: 'packages/firebreak/src/chain/understudy-code.ts', abi: false },
] as const

/** The generated files by path, as they should be committed; a test compares. */
export function renderContracts(): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const { contract, name, evmVersion, into, abi } of targets) {
    const path = `${contract}.sol`
    const source = readFileSync(join(root, 'contracts/src', path), 'utf8')
    const compiled = compileSolidity({ [path]: source }, { evmVersion, optimizerRuns: 1_000_000, cacheDir: false })[contract]
    if (!compiled) throw new Error(`${path} has no contract ${contract}`)
    files.set(
      into,
      [
        `// The ${abi ? 'ABI and the ' : ''}runtime code of contracts/src/${path}; written by scripts/compile-contracts.ts, never by hand.`,
        ...(abi ? [`export const ${name}Abi = ${literal(compiled.abi)} as const`, ''] : []),
        `export const ${name}Code =\n  '${compiled.deployedBytecode}'`,
        '',
      ].join('\n'),
    )
  }
  return files
}

/** JSON in the project's format (oxfmt leaves it as it is), so that checking the output needs no formatter. */
function literal(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .replace(/"(\w+)":/g, '$1:')
    .replace(/"/g, "'")
    .replace(/([^,{[])\n(?= +[}\]]| *\])/g, '$1,\n')
}

if (import.meta.main) {
  for (const [path, text] of renderContracts()) {
    writeFileSync(join(root, path), text)
    process.stderr.write(`wrote ${path}\n`)
  }
}
