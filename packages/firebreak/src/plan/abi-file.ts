// Turns an ABI in JSON, or a compiler's artifact, into a TypeScript file `as const`, which is what gives a plan its types.
import { z } from 'zod'
import { UserError } from '../model/errors.ts'

const parameter = z.object({
  name: z.string().optional(),
  type: z.string(),
  indexed: z.boolean().optional(),
  get components() {
    return z.array(parameter).optional()
  },
})
type Parameter = z.infer<typeof parameter>

const item = z.object({
  type: z.string().default('function'),
  name: z.string().optional(),
  inputs: z.array(parameter).optional(),
  outputs: z.array(parameter).optional(),
  stateMutability: z.enum(['pure', 'view', 'nonpayable', 'payable']).optional(),
  /** Before Solidity 0.5 these two stood for the state mutability. */
  constant: z.boolean().optional(),
  payable: z.boolean().optional(),
  anonymous: z.boolean().optional(),
})
export type AbiItem = z.infer<typeof item>

/** The ABI in what a user has: the list itself, or an artifact of solc, foundry or hardhat that holds it under `abi`. */
export function readAbi(from: string, content: unknown): readonly AbiItem[] {
  const list = typeof content === 'object' && content !== null && 'abi' in content ? content.abi : content
  const parsed = z.array(item).safeParse(list)
  if (parsed.success && parsed.data.length > 0) return parsed.data
  throw new UserError({
    path: from,
    wrong: 'holds no ABI',
    mend: 'give a JSON file that is an ABI (a list) or an artifact with `abi` in it',
  })
}

/** @example abiFile('vault', abi) // 'export const vaultAbi = [ … ] as const' */
export function abiFile(name: string, abi: readonly AbiItem[]): string {
  const lines = abi.map((entry) => `  ${written(itemFields(entry))},`)
  return `// The ABI of ${name}, written by \`firebreak init\`. \`as const\` is what gives its reads and writes their types.\nexport const ${name}Abi = [\n${lines.join('\n')}\n] as const\n`
}

export function mutability(entry: AbiItem): 'pure' | 'view' | 'nonpayable' | 'payable' {
  return entry.stateMutability ?? (entry.constant === true ? 'view' : entry.payable === true ? 'payable' : 'nonpayable')
}

function itemFields(entry: AbiItem): Readonly<Record<string, unknown>> {
  const { type, name } = entry
  const inputs = entry.inputs?.map(parameterFields) ?? []
  switch (type) {
    case 'function':
      return { type, name: name ?? '', stateMutability: mutability(entry), inputs, outputs: entry.outputs?.map(parameterFields) ?? [] }
    case 'event':
      return { type, name: name ?? '', inputs, ...(entry.anonymous === true && { anonymous: true }) }
    case 'error':
      return { type, name: name ?? '', inputs }
    case 'constructor':
      return { type, stateMutability: mutability(entry) === 'payable' ? 'payable' : 'nonpayable', inputs }
    default:
      return { type, stateMutability: type === 'receive' ? 'payable' : mutability(entry) === 'payable' ? 'payable' : 'nonpayable' }
  }
}

function parameterFields({ name, type, indexed, components }: Parameter): Readonly<Record<string, unknown>> {
  return {
    name: name ?? '',
    type,
    ...(indexed === true && { indexed }),
    ...(components && { components: components.map(parameterFields) }),
  }
}

/** TypeScript as people write it: bare keys, single quotes. */
function written(value: unknown): string {
  if (typeof value === 'string') return `'${value.replace(/[\\']/g, '\\$&')}'`
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, field]) => `${key}: ${written(field)}`)
      .join(', ')} }`
  return String(value)
}
