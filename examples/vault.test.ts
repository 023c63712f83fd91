// The example as its readers run it: deployed, checked, attacked under watch, and drilled; and what the pages quote is what the files say.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAnvil, type Anvil } from '../packages/firebreak/src/local-chain/anvil.ts'
import { cli, cliJson, launcher } from '../packages/firebreak/test/support/cli.ts'

const root = join(import.meta.dirname, '..')
const file = (path: string): Promise<string> => readFile(join(root, path), 'utf8')
const blocks = (page: string): readonly string[] => [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)

describe('what the pages quote', () => {
  it('README shows the plan of the example, word for word', async () => {
    expect(blocks(await file('README.md'))).toEqual([await file('examples/vault/firebreak.plan.ts')])
  })

  it('docs/drills.md shows the drill of the example, word for word', async () => {
    expect(blocks(await file('docs/drills.md'))).toEqual([await file('examples/vault-drill/drill.ts')])
  })

  it('README shows what the demo prints', async () => {
    const { out } = await cli(['demo'], { cwd: root })
    // How long it took and the hashes that follow from it are the run's own.
    const steady = (text: string): readonly string[] =>
      text
        .replace(/\d+ ms/g, '# ms')
        .replace(/0x\w+…\w+/g, '0x')
        .split('\n')
        .map((line) => line.trimEnd())
    const quoted = /```text\n(.*?)```/s.exec(await file('README.md'))?.[1] ?? ''
    expect(quoted).not.toBe('')
    expect(steady(out)).toEqual(expect.arrayContaining([...steady(quoted)]))
  })
})

describe('the example vault', () => {
  const plan = join(root, 'examples/vault/firebreak.plan.ts')
  let chain: Anvil
  let folder = ''
  beforeAll(async () => {
    chain = await startAnvil({ blockTime: 1, ipc: false })
    folder = await mkdtemp(join(tmpdir(), 'firebreak-example-'))
  })
  afterAll(async () => {
    await chain?.stop()
    await rm(folder, { recursive: true, force: true })
  })
  // anvil's own second account: everybody knows its key.
  const env = () => ({
    HTTP_URL: chain.httpUrl,
    RPC_URL: chain.wsUrl,
    GUARDIAN_KEY: '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  })
  const rpc = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    const response = await fetch(chain.httpUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const answer: unknown = await response.json()
    return typeof answer === 'object' && answer !== null && 'result' in answer ? answer.result : undefined
  }
  const waiting = async (): Promise<number> => {
    const status = await rpc('txpool_status', [])
    return typeof status === 'object' && status !== null && 'pending' in status ? Number(status.pending) : 0
  }
  const script = async (path: string): Promise<string> => {
    const child = spawn(process.execPath, [join(root, path)], { env: { ...process.env, ...env() }, stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    await once(child, 'close')
    return out
  }

  it('is deployed, started from, checked, attacked under watch, and told', async () => {
    expect(await script('examples/vault/deploy.ts')).toMatch(/vault +0xe7f1725e7734ce288f8367e1bb143e90bb3f0512/)

    const start = [
      'init',
      '--chain-id',
      '31337',
      '--chain',
      'local',
      '--guardian',
      '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
      '--folder',
      join(folder, 'mine'),
    ]
    const of = (name: string, address: string): readonly string[] => [
      '--contract',
      `${name}=${address}:${join(root, `examples/vault/artifacts/${name === 'vault' ? 'Vault' : 'Coin'}.json`)}`,
    ]
    const contracts = [
      ...of('vault', '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512'),
      ...of('coin', '0x5FbDB2315678afecb367f032d93F642f64180aa3'),
    ]
    const begun = await cli([...start, ...contracts], { env: env() })
    expect(begun).toMatchObject({ code: 0, err: '' })
    expect(begun.out).toContain('Next')
    expect(await cli([...start, ...contracts])).toMatchObject({ code: 2 })
    const starter = await cliJson(['check', '--plan', join(folder, 'mine', 'firebreak.plan.ts'), '--no-keys'], { env: env() })
    expect(starter).toMatchObject({ code: 0, document: { ready: true } })

    expect(await cliJson(['check', '--plan', plan], { env: env() })).toMatchObject({ code: 0, document: { ready: true } })
    const journal = join(folder, 'vault.journal')
    const run = spawn(process.execPath, [launcher, 'run', '--plan', plan, '--armed', '--journal', journal], {
      env: { ...process.env, ...env(), FIREBREAK_STATE: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [run.stdout, run.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
    const says = async (what: RegExp): Promise<void> => {
      for (let i = 0; i < 2_000 && !what.test(said); i++) await new Promise((done) => setTimeout(done, 10))
      expect(said).toMatch(what)
    }
    try {
      await says(/ARMED/)
      // A block could come between the attack and the answer: here it comes when both wait.
      await rpc('evm_setIntervalMining', [0])
      const attack = script('examples/vault/attack.ts')
      await says(/PULL pauseVault/)
      for (let i = 0; i < 500 && (await waiting()) < 2; i++) await new Promise((done) => setTimeout(done, 10))
      await rpc('evm_mine', [])
      expect(await attack).toMatch(/was reverted; the vault holds \$1,000,000/)
      await says(/HOLDS pauseVault/)
    } finally {
      run.kill('SIGTERM')
      await once(run, 'close')
    }
    const { document } = await cliJson(['incidents', '--journal', journal])
    expect(document).toMatchObject({ incidents: [{ status: 'contained', brakes: [{ brake: 'pauseVault', status: 'holding' }] }] })
    expect(await cli(['verify', '--journal', journal])).toMatchObject({ code: 0 })
  })

  it('passes its drill in every variant', async () => {
    const { code, out } = await cli(['drill', join(root, 'examples/vault-drill'), '--variant', 'all'], { cwd: root })
    expect({ code, out }).toMatchObject({ code: 0 })
    expect(out).toContain('6 passed, 0 failed')
  })
})
