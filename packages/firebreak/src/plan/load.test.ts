import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { encoders } from '../../test/plan-types/settle.ts'
import { UserError } from '../model/errors.ts'
import { loadPlan } from './load.ts'
import { resolvePlan } from './resolve.ts'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-plan-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const abi = `export const vaultAbi = [
  { type: 'function', name: 'paused', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'bool' }] },
  { type: 'function', name: 'pause', stateMutability: 'nonpayable', inputs: [], outputs: [] },
] as const
`
const plan = `import { definePlan, env, evm, invariant, key } from 'firebreak'
import type { Watch } from 'firebreak'
import { getAddress } from 'viem'
import { vaultAbi } from './abis/vault.ts'

const chain = evm('local', { id: 31337, rpc: env('RPC') })
const vault = chain.at(getAddress('0x5fbdb2315678afecb367f032d93f642f64180aa3'), vaultAbi)
const running: Watch = invariant({ paused: vault.read.paused() }, (now) => !now.paused)

export default definePlan({
  name: 'loaded',
  contracts: { vault },
  watch: { running },
  authorities: { me: key({ address: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8', signer: env('KEY'), chain }) },
  brakes: { pause: { call: vault.write.pause(), holds: vault.read.paused(), by: 'me', falsePauseCosts: '$1/h' } },
  respond: (on) => [on('running').pull('pause').automatically({ atMost: '1/day' })],
})
`
const files = { 'plan.ts': plan, 'abis/vault.ts': abi }

async function hashOf(folder: string): Promise<string> {
  const { definition, sources } = await loadPlan(join(folder, 'plan.ts'))
  return resolvePlan(definition, encoders, sources).plan.hash
}

async function faultOf(
  text: string | undefined,
  name = 'plan.ts',
  entry = name,
): Promise<{ readonly path: string; readonly wrong: string; readonly mend: string }> {
  const folder = folderWith({ ...files, ...(text !== undefined && { [name]: text }) })
  const error: unknown = await loadPlan(join(folder, text === undefined ? 'gone.ts' : entry)).catch((caught: unknown) => caught)
  if (!(error instanceof UserError) || !error.faults[0]) throw error
  expect(error.message).not.toContain('firebreak-load')
  return { ...error.faults[0], path: error.faults[0].path.replace(`${folder}/`, '') }
}

describe('a plan file', () => {
  it('loads from a folder without packages, and its sources are noted', async () => {
    const { definition, sources } = await loadPlan(join(folderWith(files), 'plan.ts'))
    expect(definition.name).toBe('loaded')
    expect(sources.files.map((file) => file.path)).toEqual(['abis/vault.ts', 'plan.ts'])
    expect(sources.packages.map((one) => one.name)).toEqual(['firebreak', 'viem'])
    expect(resolvePlan(definition, encoders, sources).plan.watches.map((watch) => watch.name)).toEqual(['running'])
  })

  it('has the same hash in another folder, and another one when any imported file changes', async () => {
    const here = folderWith(files)
    const there = folderWith({ 'deeper/x': '' })
    cpSync(here, join(there, 'deeper'), { recursive: true })
    const hash = await hashOf(here)
    expect(await hashOf(join(there, 'deeper'))).toBe(hash)
    expect(await hashOf(here)).toBe(hash)
    writeFileSync(join(here, 'abis/vault.ts'), `${abi}// changed\n`)
    expect(await hashOf(here)).not.toBe(hash)
  })

  it('is read again after an edit', async () => {
    const folder = folderWith(files)
    await loadPlan(join(folder, 'plan.ts'))
    writeFileSync(join(folder, 'plan.ts'), plan.replace("name: 'loaded'", "name: 'edited'"))
    expect((await loadPlan(join(folder, 'plan.ts'))).definition.name).toBe('edited')
  })

  it('may be a function of a deployment', async () => {
    const drill = plan
      .replace('export default definePlan({', 'export default (deployment: { name: string }) => definePlan({')
      .replace("name: 'loaded'", 'name: deployment.name')
    const folder = folderWith({ ...files, 'plan.ts': drill })
    expect((await loadPlan(join(folder, 'plan.ts'), { deployment: { name: 'from the scene' } })).definition.name).toBe('from the scene')
    expect((await faultOf(drill)).wrong).toContain('function of a deployment')
  })
})

describe('a wrong plan file is told with its place', () => {
  it('missing', async () => expect((await faultOf(undefined)).wrong).toBe('there is no such file'))
  it('of another kind', async () => expect((await faultOf('name: x', 'plan.yaml')).wrong).toBe('is not a plan file'))
  it('with a syntax error', async () => expect((await faultOf(`${plan}const = 1\n`)).path).toBe(`plan.ts:${plan.split('\n').length}`))
  it('with a syntax error in JavaScript', async () =>
    expect((await faultOf('const a = 1\nconst = 2\n', 'plan.mjs')).path).toBe('plan.mjs:2'))
  it('with a syntax error in an import', async () =>
    expect((await faultOf('export const vaultAbi =\n  ]\n', 'abis/vault.ts', 'plan.ts')).path).toBe('abis/vault.ts:2'))
  it('with types that cannot be erased', async () => {
    const fault = await faultOf(`${plan}enum Mode { a }\n`)
    expect(fault.path).toBe(`plan.ts:${plan.split('\n').length}`)
    expect(fault.mend).toContain('no enums')
  })
  it('with a name that firebreak does not export', async () => {
    const fault = await faultOf(plan.replaceAll('invariant', 'invarient'))
    expect(fault.path).toBe('plan.ts:1')
    expect(fault.wrong).toContain('invarient')
  })
  it('with an import of a file that is not there', async () => {
    const fault = await faultOf(plan.replace('./abis/vault.ts', './abis/gone.ts'))
    expect(fault.wrong).toContain('abis/gone.ts')
    expect(fault.mend).toContain('correct the import')
  })
  it('with an import of a package that is not installed', async () =>
    expect((await faultOf(plan.replace("'viem'", "'no-such-package-here'"))).wrong).toContain('no-such-package-here'))
  it('without a default export', async () => expect((await faultOf('export const a = 1\n')).wrong).toBe('has no default export'))
  it('with something else as default', async () => expect((await faultOf('export default { watch: {} }\n')).mend).toContain('definePlan'))
  it('that never comes to an end', async () => {
    const folder = folderWith({ ...files, 'plan.ts': `await new Promise(() => undefined)\n${plan}` })
    const error: unknown = await loadPlan(join(folder, 'plan.ts'), { withinMs: 100 }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ faults: [{ wrong: 'the plan failed while it was read: it has not come to an end after 0.1 s' }] })
    const waits = folderWith({ ...files, 'plan.ts': 'export default () => new Promise(() => undefined)\n' })
    await expect(loadPlan(join(waits, 'plan.ts'), { withinMs: 100, deployment: {} })).rejects.toThrow('has not come to an end')
  })
  it('that ends the process', async () => {
    const fault = await faultOf('const a: number = 1\nprocess.exit(0)\n')
    expect(fault).toMatchObject({ path: 'plan.ts:2', wrong: 'the plan failed while it was read: it ends the process' })
  })
  it('that throws something that is no error', async () =>
    expect((await faultOf('throw { code: 1 }\n')).wrong).toBe('the plan failed while it was read: what it throws is no Error'))
  it('that throws while it is read', async () => {
    const fault = await faultOf("const a: number = 1\n\nthrow new Error('boom')\n")
    expect(fault.path).toBe('plan.ts:3')
    expect(fault.wrong).toContain('boom')
  })
})
