// `firebreak check` as a person runs it: the real command, a real chain behind a strict proxy, and its exit code.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keccak256, stringToHex } from 'viem/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeKeystore } from '../../src/plan/keystore.ts'
import type { Report, RouteReport } from '../../src/readiness/report.ts'
import { firebreak, pauseBrake, startBank, type Bank, type Ran } from './scene.ts'

let scene: Bank
beforeAll(async () => {
  scene = await startBank()
})
afterAll(() => scene?.stop())

const check = (plan: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  firebreak(scene, ['check', '--plan', plan, ...args], env)

/** Its one JSON document; amounts are text there. */
async function checked(plan: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const ran = await check(plan, ['--json', ...args], env)
  const report = JSON.parse(ran.out) as Report & { readonly ready: boolean }
  const route = (brake: string): RouteReport | undefined => report.brakes.find((one) => one.brake === brake)?.routes[0]
  const powers = report.signers.flatMap((signer) => signer.powers.map((one) => one.says))
  return { ...ran, report, route, powers }
}

const brake = (name: string, call: string, holds: string, more = ''): string =>
  `${name}: { call: ${call}, holds: ${holds}, by: 'guardian', falsePauseCosts: '$1/h'${more} }`
const lever = ", lever: { read: bank.read.cap(), restrictsWhen: 'lower', unlimited: 0n }"

describe('a plan whose brakes work', () => {
  test('is ready, with exit code 0, and a person reads dollars and minutes', async () => {
    const plan = await scene.plan('good', pauseBrake)
    const { code, out } = await check(plan)
    expect(code).toBe(0)
    expect(out).toMatch(/✓ pause +works/)
    expect(out).toMatch(/undo works/)
    expect(out).toMatch(/a waiting attack +1 block, 12 s/)
    expect(out).toMatch(/a private attack +2 blocks, 24 s: one block later/)
    expect(out).toMatch(/Dollars within reach meanwhile: \$1,000,000/)
    expect(out).toMatch(/pays for [\d,]+ pulls of pause now, [\d,]+ at ten times/)
    expect(out).toMatch(/ready: 1 of 1 brake would work/)
    expect(out).not.toContain('\u001b')
  })

  test('measures gas for each call and limits it to twice that, at least 100,000', async () => {
    const { route } = await checked(
      await scene.plan(
        'gas',
        `${pauseBrake}, ${brake('freeze', 'bank.write.freeze()', 'bank.read.frozen()')}, ${brake('both', '[bank.write.pause(), bank.write.shutDown()]', 'bank.read.shut()')}`,
      ),
    )
    const [used, limit] = [Number(route('freeze')?.gasUsed[0]), Number(route('freeze')?.gasLimits[0])]
    expect(used).toBeGreaterThan(200_000)
    expect(limit).toBe(used * 2)
    expect(route('pause')?.gasLimits.map(Number)).toEqual([100_000])
    expect(route('both')?.gasLimits).toHaveLength(2)
  })

  test('prints one JSON document, and nothing secret anywhere', async () => {
    const { out, err, report } = await checked(await scene.plan('json', pauseBrake))
    expect(report.ready).toBe(true)
    for (const secret of [scene.guardian.privateKey.slice(2), scene.proxy.ipcPath]) expect(`${out}${err}`).not.toContain(secret)
  })
})

describe('a brake that would fail is exit code 1, with the reason', () => {
  const cases: readonly (readonly [string, string, string, RegExp])[] = [
    ['reverts', brake('bad', 'bank.write.onlyOwner()', 'bank.read.paused()'), 'reverts', /reverted: \{not\} the owner\\n/],
    ['succeeds without effect', brake('bad', 'bank.write.pretend()', 'bank.read.shut()'), 'doesNotHold', /bank\.shut\(\) is false/],
    [
      'would loosen',
      brake('bad', 'bank.write.setCap(0n)', 'atMost(bank.read.cap(), 50n)', lever),
      'loosens',
      /from 100 to 0, which means no limit/,
    ],
    [
      'has an ABI that does not match',
      brake('bad', 'bank.write.pause()', 'bank.read.missing()'),
      'unreadable',
      /bank\.missing\(\) gives no answer/,
    ],
    [
      'reads another type than it says',
      brake('bad', 'bank.write.pause()', 'ownerAsFlag.read.owner()'),
      'unreadable',
      /does not fit the ABI/,
    ],
  ]
  test.each(cases)('%s', async (name, brakes, failure, why) => {
    const before = "const ownerAsFlag = local.at(bank.address, [view('owner', 'bool')])"
    const { code, route } = await checked(await scene.plan('failing', `${pauseBrake}, ${brakes}`, { before }))
    expect([name, code]).toEqual([name, 1])
    expect(route('bad')?.verdict).toMatchObject({ kind: 'fails', failure, why: expect.stringMatching(why) })
    expect(route('pause')?.verdict.kind).toBe('works')
  })

  test('calls an address without code', async () => {
    const { code, route } = await checked(await scene.plan('nowhere', pauseBrake, { bank: '0x00000000000000000000000000000000000000AA' }))
    expect(code).toBe(1)
    expect(route('pause')?.verdict).toMatchObject({
      failure: 'noCode',
      why: expect.stringContaining('0x00000000000000000000000000000000000000AA'),
    })
  })

  test('has a signer that cannot pay: nothing at all, or nothing beyond the reserve', async () => {
    const plan = await scene.plan('poor', pauseBrake)
    const { baseFeePerGas } = (await scene.rpc.request('eth_getBlockByNumber', ['latest', false])) as { readonly baseFeePerGas: string }
    const little = BigInt(baseFeePerGas) * 28_000n
    try {
      for (const [wei, why] of [
        [0n, /has 0, not enough/],
        [little, /needs more gas than that pays for/],
        [4n * 10n ** 16n, /has 0\.04, of which 0\.05 is kept back/],
      ] as const) {
        await scene.setBalance(scene.guardian.address, wei)
        const { code, route } = await checked(plan)
        expect([wei, code]).toEqual([wei, 1])
        expect(route('pause')?.verdict).toMatchObject({ failure: 'noGas', why: expect.stringMatching(why) })
      }
    } finally {
      await scene.setBalance(scene.guardian.address, 10n ** 22n)
    }
  })

  test('says that an undo would fail without calling the brake broken', async () => {
    await scene.by(scene.owner, 'setMayRelease', [false])
    try {
      const { code, route, powers } = await checked(await scene.plan('oneway', pauseBrake))
      expect(code).toBe(0)
      expect(route('pause')?.undo).toMatchObject({ kind: 'fails', why: expect.stringContaining('not allowed to release') })
      expect(powers.filter((says) => says.includes('release'))).toEqual([])
    } finally {
      await scene.by(scene.owner, 'setMayRelease', [true])
    }
  })
})

describe('a brake that holds already', () => {
  beforeAll(() => scene.by(scene.guardian, 'pause'))
  afterAll(() => scene.by(scene.owner, 'unpause'))

  test('is proven by releasing and pulling it again in simulation', async () => {
    const { code, route } = await checked(await scene.plan('holding', pauseBrake))
    expect(code).toBe(0)
    expect(route('pause')).toMatchObject({ verdict: { kind: 'holdsAlready', proven: true }, undo: { kind: 'works' } })
    expect(route('pause')?.gasLimits).toHaveLength(1)
  })

  test('is said to be unproven where nothing can release it', async () => {
    const { code, route } = await checked(await scene.plan('stuck', pauseBrake.replace('undo: bank.write.unpause(), ', '')))
    expect(code).toBe(0)
    expect(route('pause')?.verdict).toMatchObject({ kind: 'holdsAlready', proven: false })
  })
})

describe('what the hot key could do besides', () => {
  const role = (name: string) => keccak256(stringToHex(name))

  test('releasing, owning, roles, proxies, tokens and allowances are findings', async () => {
    const { owner, guardian } = scene
    const admin = await scene.deploy('ProxyAdmin', [guardian.address])
    const [direct, behind] = [await scene.deploy('Proxy', [guardian.address]), await scene.deploy('Proxy', [admin])]
    const before = `const direct = local.at('${direct}', bankAbi)\nconst behind = local.at('${behind}', bankAbi)`
    for (const one of ['MINTER_ROLE', 'PAUSER_ROLE']) await scene.by(owner, 'setRole', [role(one), guardian.address, true])
    await scene.by(owner, 'setRole', [`0x${'0'.repeat(64)}`, guardian.address, true])
    await scene.by(owner, 'pay', [scene.money, guardian.address, 5n])
    await scene.by(owner, 'allow', [scene.money, guardian.address, 7n])
    await scene.by(owner, 'setOwner', [guardian.address])
    const plan = await scene.plan('mighty', pauseBrake, { before, contracts: ', direct, behind' })
    const { code, powers } = await checked(plan)
    expect(code).toBe(0)
    for (const says of [
      /can release pause as well as pull it/,
      /is owner\(\) of bank/,
      /has DEFAULT_ADMIN_ROLE of bank/,
      /has MINTER_ROLE of bank/,
      /is the admin of the proxy direct/,
      /owns the proxy admin of behind/,
      /holds money itself/,
      /may take money out of bank/,
    ])
      expect(powers.filter((one) => says.test(one))).toHaveLength(1)
    expect(powers.join()).not.toMatch(/PAUSER|GUARDIAN/)
    await scene.by(guardian, 'setOwner', [owner.address])
  })

  test('a key in an environment variable is for local use only; a keystore is not worth a word', async () => {
    await mkdir(scene.folder, { recursive: true })
    await writeFile(join(scene.folder, 'guardian.json'), writeKeystore(scene.guardian.privateKey, 'open sesame', 1 << 10), { mode: 0o600 })
    const inEnv = await checked(await scene.plan('env', pauseBrake))
    expect(inEnv.report.findings.map((one) => one.says).join()).toMatch(/for local use only/)
    const stored = await scene.plan('stored', pauseBrake, { signer: "keystore('guardian.json', env('PASSWORD'))" })
    const kept = await checked(stored, [], { PASSWORD: 'open sesame' })
    expect(kept).toMatchObject({ code: 0, report: { findings: [] } })
    expect(kept.report.signers[0]?.secret).toEqual({ ok: true })
    const wrong = await checked(stored, [], { PASSWORD: 'close sesame' })
    expect(wrong.code).toBe(1)
    expect(wrong.report.signers[0]?.secret).toMatchObject({ ok: false, why: expect.stringContaining('does not open it') })
    expect((await checked(stored, ['--no-keys'])).code).toBe(0)
  })

  test('a key of somebody else is told', async () => {
    const { code, report } = await checked(await scene.plan('other', pauseBrake), [], { GUARDIAN_KEY: scene.owner.privateKey })
    expect(code).toBe(1)
    expect(report.signers[0]?.secret).toMatchObject({ ok: false, why: expect.stringContaining(scene.owner.address) })
  })
})

describe('what has to be mended first is exit code 2', () => {
  test('a node that is not there, a plan that is not there', async () => {
    const plan = await scene.plan('unreachable', pauseBrake)
    const away = await check(plan, [], { BANK_RPC: join(scene.folder, 'no.ipc') })
    expect([away.code, away.err]).toEqual([2, expect.stringMatching(/chains\.local\.rpc/)])
    expect((await check(join(scene.folder, 'none.plan.ts'))).code).toBe(2)
  })
})

test('a node that cannot simulate proves nothing, and it is said what that costs', async () => {
  const remove = scene.proxy.add({
    before: ({ method }) => (method === 'eth_simulateV1' ? { error: { code: -32_601, message: 'method not found' } } : undefined),
  })
  try {
    const { code, report, route } = await checked(await scene.plan('plain', pauseBrake))
    expect(code).toBe(1)
    expect(route('pause')?.verdict).toMatchObject({ failure: 'notSimulated' })
    expect(report.chains[0]?.lacks.map((one) => one.capability)).toContain('simulateV1')
    expect(report.chains[0]?.containment.waiting).toBeUndefined()
  } finally {
    remove()
  }
})
