import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { addresses, poolAbi } from '../../test/plan-types/sample.ts'
import { encoders } from '../../test/plan-types/settle.ts'
import { UserError } from '../model/errors.ts'
import { starterPlan, type StarterOptions } from './init.ts'
import { loadPlan } from './load.ts'
import { resolvePlan, type Resolution } from './resolve.ts'

const workspace = fileURLToPath(new URL('../../../../', import.meta.url))
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const view = (name: string, type: string, inputs: readonly string[] = []) => ({
  type: 'function',
  name,
  stateMutability: 'view',
  inputs: inputs.map((input) => ({ name: '', type: input, internalType: input })),
  outputs: [{ name: '', type }],
})
const vaultAbi = [
  view('totalAssets', 'uint256'),
  view('totalSupply', 'uint256'),
  view('decimals', 'uint8'),
  view('balanceOf', 'uint256', ['address']),
  {
    type: 'function',
    name: 'transfer',
    stateMutability: 'nonpayable',
    inputs: [
      { name: 'to', type: 'address' },
      { name: 'value', type: 'uint256' },
    ],
    outputs: [{ name: '', type: 'bool' }],
  },
  {
    type: 'constructor',
    stateMutability: 'nonpayable',
    inputs: [{ name: "it's", type: 'tuple', components: [{ name: 'a', type: 'uint8' }] }],
  },
  { type: 'event', name: 'Deposit', inputs: [{ name: 'who', type: 'address', indexed: true }], anonymous: false },
  { type: 'receive', stateMutability: 'payable' },
]
/** As Solidity 0.4 wrote them. */
const oldAbi = [{ constant: true, inputs: [], name: 'getCash', outputs: [{ name: '', type: 'uint256' }], payable: false, type: 'function' }]
const bareAbi = [{ type: 'function', name: 'poke', stateMutability: 'nonpayable', inputs: [], outputs: [] }]

/** Type-checks the files under the strictest settings, then loads and resolves the plan. */
async function tried(options: StarterOptions): Promise<Resolution & { readonly text: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-init-'))
  folders.push(folder)
  const files = starterPlan(options)
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const settings = {
    extends: './tsconfig.json',
    compilerOptions: {
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      verbatimModuleSyntax: true,
      paths: { firebreak: [join(workspace, 'packages/firebreak/src/index.ts')] },
      // A plan needs no types of Node's: whoever has none of them reads it in an editor, too.
      types: [],
    },
  }
  writeFileSync(join(folder, 'tsconfig.strictest.json'), JSON.stringify(settings))
  const checked = await promisify(execFile)(process.execPath, [
    join(workspace, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(folder, 'tsconfig.strictest.json'),
    '--pretty',
    'false',
  ]).catch((error: { stdout: string }) => error)
  expect(checked.stdout).toBe('')
  const { definition, sources } = await loadPlan(join(folder, 'firebreak.plan.ts'))
  return { ...resolvePlan(definition, encoders, sources), text: files[0]?.text ?? '' }
}

const chain = { name: 'mainnet', id: 1 }

describe('a starter plan', () => {
  it('type-checks, loads and resolves, with a brake where a contract can be paused', async () => {
    const { plan } = await tried({
      chain,
      guardian: addresses.sentinel,
      contracts: [
        { name: 'Pool Proxy', address: addresses.pool.toLowerCase(), abi: poolAbi },
        { name: 'vault', address: addresses.weth, abi: { abi: vaultAbi } },
      ],
    })
    expect(plan.contracts.map(({ name }) => name)).toEqual(['poolProxy', 'vault'])
    expect(plan.brakes.map(({ name, undo }) => [name, undo.length])).toEqual([['pausePoolProxy', 1]])
    expect(plan.watches.map(({ name, detector }) => [name, detector.kind])).toEqual([
      ['poolProxySound', 'invariant'],
      ['vaultSharePrice', 'sharePrice'],
    ])
    expect(plan.rules[0]?.brakes).toEqual(['pausePoolProxy'])
  })

  it('without a key watches only, and shows the brake as a comment', async () => {
    const { plan, text } = await tried({
      chain: { ...chain, name: 'mainnet' },
      contracts: [
        { name: 'pool', address: addresses.pool, abi: poolAbi },
        { name: 'mainnet', address: addresses.weth, abi: oldAbi },
        { name: 'default', address: addresses.usdc, abi: bareAbi },
      ],
    })
    expect(plan.brakes).toEqual([])
    expect(text).toContain('// pausePool: {')
    expect(plan.watches.map(({ detector }) => detector.kind).toSorted()).toEqual(['invariant', 'invariant', 'liveness'])
  })

  it('says what is wrong with what it was given', () => {
    expect(() => starterPlan({ chain, contracts: [] })).toThrow(UserError)
    expect(() => starterPlan({ chain, contracts: [{ name: 'a', address: '0x12', abi: bareAbi }] })).toThrow(UserError)
    expect(() => starterPlan({ chain, contracts: [{ name: 'a', address: addresses.pool, abi: { bytecode: '0x' } }] })).toThrow(UserError)
  })
})
