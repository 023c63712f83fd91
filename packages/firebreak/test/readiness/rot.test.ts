// A brake that rots while Firebreak runs pages someone today: once for each change, and a word when it works again.
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keccak256, stringToHex } from 'viem/utils'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openJournal } from '../../src/journal/sqlite/journal.ts'
import { writeKeystore } from '../../src/plan/keystore.ts'
import { firebreak, pauseBrake, start, startBank, type Bank, type Running } from './scene.ts'

let scene: Bank
let instance: Running
const keystore = (): string => join(scene.folder, 'guardian.json')
const guardianRole = keccak256(stringToHex('GUARDIAN_ROLE'))
const setGuardian = (has: boolean): Promise<unknown> => scene.by(scene.owner, 'setRole', [guardianRole, scene.guardian.address, has])
const times = (pattern: RegExp): number => instance.said().match(new RegExp(pattern, 'g'))?.length ?? 0

beforeAll(async () => {
  scene = await startBank()
  await writeFile(keystore(), writeKeystore(scene.guardian.privateKey, 'open sesame', 1 << 10), { mode: 0o600 })
  const plan = await scene.plan(
    'rot',
    `${pauseBrake}, never: { call: bank.write.onlyOwner(), holds: bank.read.shut(), by: 'guardian', falsePauseCosts: '$1/h' }`,
    {
      signer: "keystore('guardian.json', env('PASSWORD'))",
    },
  )
  instance = start(scene, ['run', '--plan', plan, '--armed', '--check-every', '1'], { PASSWORD: 'open sesame' })
  await instance.says(/brakes would work/)
})
afterAll(async () => {
  instance?.kill()
  await instance?.exited
  await scene?.stop()
})

/** Mines until it has been said: a check that is under way lets a block go by. */
async function minedUntil(pattern: RegExp): Promise<void> {
  await expect
    .poll(
      async () => {
        await scene.kit.mine()
        return times(pattern)
      },
      { timeout: 20_000, interval: 50 },
    )
    .toBeGreaterThan(0)
}

test('the start refuses nothing and prints what it found', () => {
  expect(instance.said()).toMatch(/check ✗ never: .*not\} the owner/)
  expect(instance.said()).toMatch(/check ! guardian: can release pause as well as pull it/)
  expect(instance.said()).toMatch(/check 1 of 2 brakes would work/)
})

test('a revoked guardian is a signal, once; with the role back it works again', async () => {
  await setGuardian(false)
  await minedUntil(/brake pause: .*not a guardian/)
  for (let i = 0; i < 5; i++) await scene.kit.mine()
  expect(times(/brake pause: .*not a guardian/)).toBe(1)
  await setGuardian(true)
  await minedUntil(/check ✓ brake pause works again/)
  await setGuardian(false)
  await expect
    .poll(
      async () => {
        await scene.kit.mine()
        return times(/brake pause: .*not a guardian/)
      },
      { timeout: 20_000, interval: 50 },
    )
    .toBe(2)
  await setGuardian(true)
})

test('a signer that runs dry is a signal', async () => {
  await scene.setBalance(scene.guardian.address, 10n ** 16n)
  await minedUntil(/gas of guardian: 0x\w+ cannot pay for a single pull/)
  await scene.setBalance(scene.guardian.address, 10n ** 20n)
  await minedUntil(/check ✓ gas of guardian works again/)
})

test('a keystore that is gone or another one is a signal', async () => {
  await rename(keystore(), `${keystore()}.away`)
  await minedUntil(/secret of guardian: the next start would not find its key: .*no such file/)
  await writeFile(keystore(), writeKeystore(scene.owner.privateKey, 'open sesame', 1 << 10), { mode: 0o600 })
  for (let i = 0; i < 3; i++) await scene.kit.mine()
  await rename(`${keystore()}.away`, keystore())
  await minedUntil(/check ✓ secret of guardian works again/)
})

test('the record has the signals, the checks and the notes, and no secret', async () => {
  instance.kill()
  expect(await instance.exited).toBe(0)
  const journal = openJournal(join(scene.folder, '.firebreak', 'rot.journal'), { readOnly: true })
  try {
    const entries = [...journal.read()]
    const text = JSON.stringify(entries, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    const signals = entries
      .filter((entry) => entry.kind === 'signal')
      .map((entry) => JSON.stringify(entry.body, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)))
    expect(signals.filter((one) => one.includes('"kind":"readiness"') && one.includes('brake pause'))).toHaveLength(2)
    expect(entries.filter((entry) => entry.kind === 'readiness').length).toBeGreaterThan(3)
    expect(text).toContain('works again')
    for (const secret of ['open sesame', scene.guardian.privateKey.slice(2), scene.proxy.ipcPath]) expect(text).not.toContain(secret)
  } finally {
    journal.close()
  }
})

test('--check-every 0 never checks, and nonsense is exit code 2', async () => {
  const plan = await scene.plan('quiet', pauseBrake)
  expect(await firebreak(scene, ['run', '--plan', plan, '--check-every', 'often'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--check-every'),
  })
  const quiet = start(scene, ['run', '--plan', plan, '--check-every', '0'])
  await quiet.says(/journal .* pid/)
  await scene.kit.mine(2)
  quiet.kill()
  await quiet.exited
  expect(quiet.said()).not.toMatch(/check/)
})
