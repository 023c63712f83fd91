// Compiles Solidity with npm's solc, for drills and for the project's own contracts; what was compiled once is kept on disk.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Abi } from 'abitype'
import { z } from 'zod'
import { UserError } from '../model/errors.ts'
import type { Fault } from '../model/errors.ts'
import type { Hex } from '../model/hex.ts'

export interface CompiledContract {
  readonly abi: Abi
  /** What is sent to deploy it; empty (`0x`) for interfaces and abstract contracts. */
  readonly bytecode: Hex
  readonly deployedBytecode: Hex
}

export interface CompileOptions {
  readonly evmVersion?: string
  readonly optimizerRuns?: number
  /** Gives the text of a file that a source imports, by the path in its import. */
  readonly importsFrom?: (path: string) => string
  /** Where compiled results are kept; `.cache/solc` of the working directory unless given, nowhere when `false`. */
  readonly cacheDir?: string | false
}

const hexSchema = z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-f]*$/.test(value))
/** solc defines what an ABI is; that it is a list of entries with a type is all we check. */
const abiSchema = z.custom<Abi>((value) => z.array(z.looseObject({ type: z.string() })).safeParse(value).success)
const contractSchema = z.object({ abi: abiSchema, bytecode: hexSchema, deployedBytecode: hexSchema })
const keptSchema = z.object({
  imports: z.record(z.string(), z.string()),
  contracts: z.record(z.string(), contractSchema),
})

const codeSchema = z.object({ object: z.string() })
const outputSchema = z.object({
  errors: z
    .array(
      z.object({
        severity: z.string(),
        message: z.string(),
        formattedMessage: z.string().optional(),
        sourceLocation: z.object({ file: z.string() }).optional(),
      }),
    )
    .optional(),
  contracts: z
    .record(
      z.string(),
      z.record(z.string(), z.object({ abi: abiSchema, evm: z.object({ bytecode: codeSchema, deployedBytecode: codeSchema }) })),
    )
    .optional(),
})

interface Solc {
  readonly compile: (input: string, callbacks: { readonly import: (path: string) => { contents: string } | { error: string } }) => string
}

const require = createRequire(import.meta.url)
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/**
 * Compiled contracts by name. Contracts of imported files are included, unless a source has one of the same name.
 *
 * @example compileSolidity({ 'Vault.sol': text }).Vault.bytecode
 */
export function compileSolidity(
  sources: Readonly<Record<string, string>>,
  options: CompileOptions = {},
): Readonly<Record<string, CompiledContract>> {
  const { evmVersion = 'cancun', optimizerRuns = 200, importsFrom, cacheDir = join(process.cwd(), '.cache', 'solc') } = options
  const input = JSON.stringify({
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([path, content]) => [path, { content }])),
    settings: {
      evmVersion,
      optimizer: { enabled: true, runs: optimizerRuns },
      // No hash of the sources in the code: the same contract compiles to the same bytes wherever it lies.
      metadata: { appendCBOR: false, bytecodeHash: 'none' },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  })
  const { version } = z.object({ version: z.string() }).parse(require('solc/package.json'))
  const file = cacheDir === false ? undefined : join(cacheDir, `${sha256(version + input)}.json`)
  const kept = file === undefined ? undefined : readKept(file, importsFrom)
  if (kept) return kept

  const imports: Record<string, string> = {}
  const solc: Solc = require('solc')
  const output = solc.compile(input, {
    import: (path) => {
      if (!importsFrom) return { error: 'no importsFrom was given to look it up with' }
      try {
        const contents = importsFrom(path)
        imports[path] = sha256(contents)
        return { contents }
      } catch (error) {
        return { error: error instanceof Error ? error.message : String(error) }
      }
    },
  })
  const contracts = contractsOf(JSON.parse(output), Object.keys(sources))
  if (file !== undefined) keep(file, JSON.stringify({ imports, contracts }))
  return contracts
}

function contractsOf(raw: unknown, own: readonly string[]): Readonly<Record<string, CompiledContract>> {
  const output = outputSchema.parse(raw)
  const faults: Fault[] = (output.errors ?? [])
    .filter((error) => error.severity === 'error')
    .map((error) => ({
      path: error.sourceLocation?.file ?? 'solc',
      wrong: (error.formattedMessage ?? error.message).trim(),
      mend: 'mend the source at the place shown, then compile again',
    }))
  const contracts: Record<string, CompiledContract> = {}
  const files = Object.entries(output.contracts ?? {})
  // Own sources last, so that their names win.
  for (const [path, inFile] of [...files.filter(([path]) => !own.includes(path)), ...files.filter(([path]) => own.includes(path))]) {
    for (const [name, { abi, evm }] of Object.entries(inFile)) {
      if (evm.bytecode.object.includes('__$')) {
        if (own.includes(path))
          faults.push({
            path: `${path}:${name}`,
            wrong: 'it needs a library that is linked when it is deployed',
            mend: "make the library's functions internal",
          })
        continue
      }
      contracts[name] = { abi, bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${evm.deployedBytecode.object}` }
    }
  }
  if (faults.length > 0) throw new UserError(faults)
  return contracts
}

/** Anything wrong with a kept result (cut off, edited, an import that has changed) means: compile again. */
function readKept(file: string, importsFrom: CompileOptions['importsFrom']): Readonly<Record<string, CompiledContract>> | undefined {
  try {
    const kept = keptSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    const current = Object.entries(kept.imports).every(([path, hash]) => importsFrom && sha256(importsFrom(path)) === hash)
    return current ? kept.contracts : undefined
  } catch {
    return undefined
  }
}

/** Written beside and moved into place: a second process never reads half a file. A full disk only costs time. */
function keep(file: string, text: string): void {
  try {
    mkdirSync(join(file, '..'), { recursive: true })
    const unfinished = `${file}.${process.pid}`
    writeFileSync(unfinished, text)
    renameSync(unfinished, file)
  } catch {
    // Nothing is lost: the next one compiles again.
  }
}
