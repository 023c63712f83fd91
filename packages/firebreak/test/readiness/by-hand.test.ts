// `firebreak pull` and `release` with and without a running instance, on a real chain.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { rebuild } from '../../src/engine/rebuild.ts'
import { openJournal } from '../../src/journal/sqlite/journal.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { firebreak, pauseBrake, start, startBank, type Bank, type Ran, type Running } from './scene.ts'

let scene: Bank
let mining: NodeJS.Timeout
beforeAll(async () => {
  scene = await startBank()
})
afterAll(() => scene?.stop())

beforeEach(() => {
  mining = setInterval(() => void scene.kit.mine().catch(() => {}), 250)
})
afterEach(() => clearInterval(mining))

let plans = 0
/** A plan of its own, and so a journal of its own, for each test. */
const newPlan = (brakes = pauseBrake, more: Parameters<Bank['plan']>[2] = {}): Promise<string> => scene.plan(`hand${++plans}`, brakes, more)
const journalOf = (plan: string): string =>
  join(scene.folder, '.firebreak', plan.slice(plan.lastIndexOf('/') + 1).replace('.plan.ts', '.journal'))
const pull = (plan: string, ...args: readonly string[]): Promise<Ran> => firebreak(scene, ['pull', 'pause', '--plan', plan, ...args])
const release = (plan: string, ...args: readonly string[]): Promise<Ran> => firebreak(scene, ['release', 'pause', '--plan', plan, ...args])
const unpaused = async (): Promise<void> => {
  if ((await scene.read('paused')) === true) await scene.by(scene.owner, 'unpause')
}
beforeEach(unpaused)

function recordOf(plan: string) {
  const journal = openJournal(journalOf(plan), { readOnly: true })
  try {
    const entries = [...journal.read()]
    const orders = entries.filter((entry) => entry.kind === 'order')
    const because = orders.map((entry) => journal.open(entry.seq, 'because')?.value)
    return {
      entries,
      orders,
      because,
      text: JSON.stringify(entries, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      ...rebuild(journal),
    }
  } finally {
    journal.close()
  }
}

async function running(plan: string, ...args: readonly string[]): Promise<Running> {
  const instance = start(scene, ['run', '--plan', plan, ...args])
  await instance.says(/journal .* pid/)
  return instance
}

async function ended(instance: Running): Promise<void> {
  instance.kill()
  await instance.exited
}

describe('pull, with nobody running', () => {
  test('shows what it does, pulls, and waits until the brake holds', async () => {
    const plan = await newPlan()
    const { code, out, err } = await pull(plan, '--because', 'odd withdrawals')
    expect([code, err]).toEqual([0, expect.stringContaining('no instance is running')])
    for (const says of [
      /on local \(chain 31337\)/,
      /bank\.pause\(\) at 0x/,
      /from +guardian, 0x/,
      /\$100\.00 an hour|\$100 an hour/,
      /in simulation: works, [\d,]+ gas/,
      /HOLDS pause at block \d+ by 0x[0-9a-f]{64}/,
    ])
      expect(out).toMatch(says)
    expect(await scene.read('paused')).toBe(true)
    const { because, text, memory, intents } = recordOf(plan)
    expect(because).toEqual(['odd withdrawals'])
    // Sealed: the chain of entries holds a commitment, not the words.
    expect(text).not.toContain('odd withdrawals')
    expect(memory.desires).toMatchObject([{ brake: 'pause', status: 'holding', incident: undefined }])
    expect(intents).toHaveLength(1)
    expect(verifyJournal(journalOf(plan))).toMatchObject({ ok: true })
  })

  test('sends nothing when it holds already, and says why when it would fail', async () => {
    await scene.by(scene.guardian, 'pause')
    const plan = await newPlan()
    expect(await pull(plan)).toMatchObject({ code: 0, out: expect.stringContaining('HOLDS pause already; nothing was sent') })
    expect(existsSync(journalOf(plan))).toBe(false)
    const broken = await newPlan(pauseBrake.replace('bank.write.pause()', 'bank.write.onlyOwner()'))
    await unpaused()
    const refused = await pull(broken, '--json')
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.out)).toMatchObject({ ok: false, why: expect.stringContaining('{not} the owner') })
  })

  test('a brake that the plan does not have is exit code 2 and names those that it has', async () => {
    const { code, err } = await firebreak(scene, ['pull', 'puase', '--plan', await newPlan()])
    expect([code, err]).toEqual([2, expect.stringMatching(/no brake named 'puase'[^]*it has: pause/)])
  })

  test('gives up waiting in the end; the next armed run goes on with it', async () => {
    const plan = await newPlan()
    clearInterval(mining)
    const waited = await pull(plan, '--wait', '1')
    expect([waited.code, waited.err]).toEqual([1, expect.stringMatching(/not pulled: it is not there after 1 seconds/)])
    const instance = await running(plan, '--armed')
    await scene.kit.mine()
    await instance.says(/HOLDS pause/)
    await ended(instance)
    expect(recordOf(plan).intents.length).toBe(1)
  })
})

describe('release, with nobody running', () => {
  test('carries out the undo after a yes, and only then', async () => {
    const plan = await newPlan()
    await pull(plan)
    const silent = await release(plan)
    expect([silent.code, silent.err]).toEqual([2, expect.stringMatching(/no terminal to ask on[^]*add --yes/)])
    expect(await scene.read('paused')).toBe(true)
    const { code, out } = await release(plan, '--yes', '--because', 'patched')
    expect(code).toBe(0)
    expect(out).toMatch(/sends +bank\.unpause\(\) at 0x/)
    expect(out).toMatch(/RELEASED pause at block \d+ by 0x/)
    expect(await scene.read('paused')).toBe(false)
    const { memory, because, entries, intents } = recordOf(plan)
    expect(because).toEqual(['', 'patched'])
    expect(memory.desires.map((one) => [one.does, one.status])).toEqual([
      [undefined, 'ended'],
      ['undo', 'ended'],
    ])
    const undo = intents.find((intent) => intent.desire.endsWith(':undo'))
    const written = (kind: string): number =>
      entries.findIndex(
        (entry) =>
          entry.kind === kind &&
          JSON.stringify(entry.body, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).includes(undo?.id ?? '?'),
      )
    expect(written('intent')).toBeGreaterThan(0)
    expect(written('intent')).toBeLessThan(written('broadcast'))
    expect(verifyJournal(journalOf(plan))).toMatchObject({ ok: true })
  })

  test('--no-undo ends the wish and says who else can release', async () => {
    const plan = await newPlan()
    await pull(plan)
    const { code, out } = await release(plan, '--no-undo')
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(new RegExp(`owner\\(\\) of bank: ${scene.owner.address}[^]*is not wanted any more`)),
    ])
    expect(await scene.read('paused')).toBe(true)
    expect(recordOf(plan).memory.desires.map((one) => one.status)).toEqual(['ended'])
  })

  test('a brake without undo sends nothing', async () => {
    const plan = await newPlan(pauseBrake.replace('undo: bank.write.unpause(), ', ''))
    await pull(plan)
    expect(await release(plan)).toMatchObject({ code: 0, out: expect.stringMatching(/declares no undo[^]*owner\(\) of bank/) })
    expect(await scene.read('paused')).toBe(true)
  })

  test('an undo that would fail is not sent', async () => {
    await scene.by(scene.owner, 'setMayRelease', [false])
    const plan = await newPlan()
    await pull(plan)
    const { code, err } = await release(plan, '--yes')
    expect([code, err]).toEqual([1, expect.stringMatching(/undo would fail: .*not allowed to release/)])
    await scene.by(scene.owner, 'setMayRelease', [true])
  })
})

describe('with an armed instance running', () => {
  let plan: string
  let instance: Running
  beforeAll(async () => {
    plan = await newPlan()
    instance = await running(plan, '--armed')
  })
  afterAll(() => ended(instance))

  test('pull and release hand the order over and wait', async () => {
    const pulled = await pull(plan, '--json')
    expect([pulled.code, pulled.err]).toEqual([0, expect.stringContaining('the running instance took the order to pull pause')])
    expect(JSON.parse(pulled.out)).toMatchObject({ ok: true, by: 'running instance' })
    await instance.says(/HOLDS pause/)
    const released = await release(plan, '--yes')
    expect([released.code, released.out]).toEqual([0, expect.stringContaining('by the running instance')])
    await instance.says(/RELEASED pause/)
    expect(await scene.read('paused')).toBe(false)
    // Our own release is nobody else's: no signal, no fight.
    await scene.kit.mine(3)
    expect(instance.said()).not.toMatch(/released by someone else/)
    expect(await scene.read('paused')).toBe(false)
    expect((await pull(plan)).code).toBe(0)
    await release(plan, '--yes')
  })

  test('a pull overtakes a release that is still on its way', async () => {
    await pull(plan)
    clearInterval(mining)
    expect(await release(plan, '--yes', '--wait', '0.1')).toMatchObject({
      code: 1,
      err: expect.stringContaining('still holds after 0.1 seconds'),
    })
    const again = pull(plan)
    const pool = async (): Promise<string> => JSON.stringify(await scene.rpc.request('txpool_content', []))
    // pause() in place of unpause(), at the same nonce.
    await expect.poll(pool, { timeout: 20_000 }).toContain('0x8456cb59')
    expect(await pool()).not.toContain('0x3f4ba83a')
    await scene.kit.mine(2)
    expect(await again).toMatchObject({ code: 0, out: expect.stringContaining('instead  of a release') })
    expect(await scene.read('paused')).toBe(true)
  })

  test('a second armed process on the same key is refused, by another journal too', async () => {
    const other = await newPlan()
    const second = await firebreak(scene, ['run', '--plan', other, '--armed'])
    expect([second.code, second.err]).toEqual([
      2,
      expect.stringMatching(/authorities\.guardian: another armed Firebreak on this machine uses the key/),
    ])
    const byHand = await pull(other)
    expect([byHand.code, byHand.err]).toEqual([2, expect.stringContaining('uses the key')])
    // Another state folder stands for another machine: the lock is the only thing in the way.
    const shadow = start(scene, ['run', '--plan', other])
    await shadow.says(/journal .* pid/)
    await ended(shadow)
  })
})

test('the lock of a key goes with its process, however that ends', async () => {
  const [first, second] = [await newPlan(), await newPlan()]
  const killed = await running(first, '--armed')
  killed.end('SIGKILL')
  await killed.exited
  const instance = await running(second, '--armed')
  await ended(instance)
})

test('a shadow instance sends nothing: the pull is made beside it', async () => {
  const plan = await newPlan()
  const shadow = await running(plan)
  const { code, err, out } = await pull(plan)
  expect([code, err, out]).toEqual([0, expect.stringContaining('in shadow'), expect.stringMatching(/HOLDS pause at block/)])
  expect(existsSync(`${journalOf(plan)}.by-hand`)).toBe(true)
  await ended(shadow)
})
