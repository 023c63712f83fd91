// A plan with ten different faults, told all at once; and an ABI that is none.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cli, cliJson } from '../support/cli.ts'
import { planText } from '../whole-path/plan-text.ts'
import { refused } from './refused.ts'

const deployed = {
  vault: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
  coin: '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512',
  guardian: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  chainId: 31_337,
  decimals: 6,
} as const
const secret = `0x${'5ec'.repeat(22)}`.slice(0, 66)
const env = { SCENE_RPC: 'http://127.0.0.1:9/an-api-key', GUARDIAN_KEY: secret }

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-bad-plan-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Each fault is one replacement in a plan that is right: what is replaced has to be there. */
async function planWith(faults: readonly (readonly [string, string])[]): Promise<string> {
  let text = planText(deployed)
  for (const [right, wrong] of faults) {
    expect(text).toContain(right)
    text = text.replace(right, wrong)
  }
  const file = join(folder, 'bad.plan.ts')
  await writeFile(file, text)
  return file
}

const ten = [
  ['contracts: { vault }', `contracts: { vault, wrong: local.at('0x5fbDB2315678afecb367f032d93F642f64180aa3', vaultAbi) }`],
  ['decimals: 6', 'decimals: 99'],
  [`fixed('$1')`, `fixed('one dollar')`],
  [`window: '10m'`, `window: 'soon'`],
  [`above: '5%'`, `above: 'a lot'`],
  [`by: 'guardian'`, `by: 'guardain'`],
  [`falsePauseCosts: '$100/h'`, `falsePauseCosts: '$100'`],
  ['holds: vault.read.paused()', 'holds: vault.read.pausd()'],
  [`on('drain')`, `on('drian')`],
  [`quiet: '1h'`, `quiet: 'for ever'`],
] as const
const places = [
  'assets.coin.decimals',
  'assets.coin.price',
  'bounds.quiet',
  'brakes.pause.by',
  'brakes.pause.falsePauseCosts',
  'brakes.pause.holds',
  'contracts.wrong.address',
  'respond[0].on',
  'watch.drain.above',
  'watch.drain.window',
]

describe('a plan with ten different faults', () => {
  test.each(['run', 'run --armed', 'check', 'accept', 'pull pause --yes'])('%s names all ten', async (words) => {
    const ended = await cli([...words.split(' '), '--plan', await planWith(ten)], { env })
    expect(refused(ended, [secret, 'an-api-key']).toSorted()).toEqual(places)
    expect(ended.err).toContain("did you mean 'guardian'?")
    expect(ended.err).toContain("did you mean 'paused'?")
    expect(await readdir(folder), 'no journal is begun').toEqual(['bad.plan.ts'])
  })

  test('are one document with --json', async () => {
    const { code, document } = await cliJson(['run', '--plan', await planWith(ten)], { env })
    const { faults } = (document as { readonly error: { readonly faults: readonly { readonly path: string; readonly mend: string }[] } })
      .error
    expect({ code, places: faults.map(({ path }) => path).toSorted() }).toEqual({ code: 2, places })
    expect(faults.every(({ mend }) => mend !== '')).toBe(true)
  })
})

describe('an ABI that is none', () => {
  test.each([
    ['text', `'pause()'`, 'contracts.vault.abi'],
    ['a compiler’s output', '{ abi: [] }', 'contracts.vault.abi'],
    ['signatures', `['function pause()', 'function paused() view returns (bool)']`, 'brakes.pause.call'],
    ['holes', '[null, 7]', 'bad.plan.ts:13'],
    [
      'a type that Solidity does not have',
      `[...vaultAbi.slice(1), { ...vaultAbi[0], outputs: [{ type: 'boolean' }] }]`,
      'brakes.pause.holds',
    ],
  ])('%s', async (_, abi, place) => {
    const ended = await cli(['run', '--plan', await planWith([[`', vaultAbi)`, `', ${abi})`]])], { env })
    expect(refused(ended, [secret, 'an-api-key']).map((path) => path.replace(`${folder}/`, ''))).toContain(place)
  })
})
