// A wrong word in a plan is an error at that very word: the compiler's line and column are compared with where the word stands.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const workspace = fileURLToPath(new URL('../../../../', import.meta.url))

/** Each wrong word stands between « and ». Of a property that is one literal the compiler marks the name, next to the word. */
const wrongPlan = `import { definePlan, env, invariant, key } from 'firebreak'
import { addresses, mainnet, pool } from 'sample'

const usdc = addresses.usdc
export const functions = [pool.read.«totalAsets»(), pool.write.«paus»(), pool.event(«'Borow'»)]
export const wrongArguments = [pool.write.setFrozen(«'usdc'», true), pool.write.setFrozen(usdc, «1n»), pool.read.isFrozen(«1n»)]

export default definePlan({
  name: 'wrong',
  contracts: { pool },
  watch: { solvent: invariant({ assets: pool.read.totalAssets() }, (now) => now.«asets» > 0n) },
  authorities: { sentinel: key({ address: usdc, signer: env('KEY'), chain: mainnet }) },
  brakes: {
    pause: { call: pool.write.pause(), holds: pool.read.paused(), «by»: 'sentinl', falsePauseCosts: '$1/h' },
    freeze: { call: pool.write.pause(), «holds»: pool.read.totalAssets(), by: 'sentinel', falsePauseCosts: '$1/h', },
  },
  respond: (on) => [
    on(«'solvnt'»).pull(«'paus'», 'freeze').automatically({ atMost: '1/day' }),
    on('solvent').propose('pause', «'freez'»).to(«'counsil'»),
  ],
})
`

it('the compiler points at each wrong word, and at nothing else', { timeout: 60_000 }, async () => {
  const expected: string[] = []
  const lines = wrongPlan.split('\n').map((line, index) => {
    let clean = line
    while (clean.includes('«')) {
      expected.push(`${index + 1}:${clean.indexOf('«') + 1}`)
      clean = clean.replace('«', '').replace('»', '')
    }
    return clean
  })
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-words-'))
  try {
    const source = join(workspace, 'packages/firebreak')
    const settings = {
      extends: join(workspace, 'tsconfig.json'),
      compilerOptions: {
        paths: { firebreak: [join(source, 'src/index.ts')], sample: [join(source, 'test/plan-types/sample.ts')] },
        typeRoots: [join(workspace, 'node_modules/@types')],
      },
      include: ['plan.ts'],
    }
    writeFileSync(join(folder, 'plan.ts'), lines.join('\n'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    const tsc = join(workspace, 'node_modules/typescript/bin/tsc')
    const run = promisify(execFile)(process.execPath, [tsc, '-p', folder, '--pretty', 'false'])
    const { stdout } = await run.catch((error: { stdout: string }) => error)
    const errors = [...stdout.matchAll(/plan\.ts\((\d+),(\d+)\): error/g)].map((match) => `${match[1]}:${match[2]}`)
    expect(errors.toSorted()).toEqual(expected.toSorted())
    expect(stdout).toContain(`Did you mean '"sentinel"'?`)
    expect(stdout).toContain("Did you mean 'totalAssets'?")
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
