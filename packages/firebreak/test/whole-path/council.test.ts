// A council decides from the command line: proposed by a running instance, signed by owners, carried out once.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TypedDataDefinition } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'
import { encodeCall } from '../../src/drill/encode.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { ownerSigns } from '../support/safes.ts'
import { onCouncil, type Council } from './council.ts'
import { actsOf, journalOf, recorded } from './facts.ts'
import { whileMining } from './until.ts'

const proposalOf = async ({ approve }: Council): Promise<string> => {
  const { document, code } = await approve()
  expect(code).toBe(0)
  expect(document.waiting).toHaveLength(1)
  return document.waiting[0]?.id ?? ''
}
const idsOf = (journal: string, state: string): readonly string[] =>
  recorded(journal)
    .of('proposal')
    .flatMap(({ body }) => {
      const said = body as { readonly id: string; readonly state: string }
      return said.state === state ? [said.id] : []
    })

test('a run proposes, two of three owners approve from the command line, and the brake holds', async () => {
  await onCouncil({}, async (council) => {
    const { scene, owners, approve, keystore } = council
    const firebreak = council.firebreak()
    await firebreak.says(/ARMED/)
    await council.drain()
    await firebreak.says(/PROPOSE pause/)
    await firebreak.says(/proposal 0x\w+ to council about pause: 0 of 2 have signed/)
    const id = await proposalOf(council)

    // Looking signs nothing, and says everything.
    const look = await approve(id.slice(0, 10))
    expect(look.code).toBe(0)
    expect(look.document).toMatchObject({
      isTheBrake: true,
      blind: [],
      holds: { before: false, after: true },
      simulated: { ok: true, changes: [{ what: 'vault.paused()', before: 'false', after: 'true' }] },
      hashes: { safeTx: id },
      calls: [{ decoded: { contract: 'vault', signature: 'pause()' } }],
    })

    expect((await approve(id, ...keystore(0), '--yes')).code).toBe(0)
    await scene.kit.mine()
    await firebreak.says(/1 of 2 have signed/)
    const twice = await approve(id, ...keystore(0), '--yes')
    expect(twice.code).toBe(1)
    expect(twice.document.why).toMatch(/signed already/)
    expect(await council.paused()).toBe(false)

    // The second owner signs with a wallet elsewhere.
    const typed = join(scene.folder, 'typed.json')
    expect((await approve(id, '--typed-data', typed)).code).toBe(0)
    const [, bob] = owners
    if (!bob) throw new Error('no bob')
    const signature = await privateKeyToAccount(bob.privateKey).signTypedData(
      JSON.parse(await readFile(typed, 'utf8')) as TypedDataDefinition,
    )
    expect((await approve(id, '--signature', signature)).document).toMatchObject({ ok: true, signer: bob.address })

    await whileMining(scene.kit, 'the execution', async () => {
      return council.paused()
    })
    await firebreak.says(/HOLDS pause/)
    expect((await approve()).document.waiting).toEqual([])
    expect(await firebreak.stop()).toBe(0)
    expect(verifyJournal(journalOf(scene))).toMatchObject({ ok: true, problems: [] })
    expect((await actsOf(scene)).map((act) => act.ok)).toEqual([true])
    const { desires, of } = recorded(journalOf(scene))
    expect(desires.map(({ status, authority }) => ({ status, authority }))).toEqual([{ status: 'holding', authority: 'council' }])
    expect(of('approval').length).toBeGreaterThanOrEqual(1)
    expect(idsOf(journalOf(scene), 'over')).toEqual([id])
  })
})

test('killed between the signatures, it goes on with the same proposal and carries it out once', async () => {
  await onCouncil({ version: '1.3.0' }, async (council) => {
    const { scene, approve, keystore } = council
    const first = council.firebreak()
    await first.says(/ARMED/)
    await council.drain()
    await first.says(/0 of 2 have signed/)
    const id = await proposalOf(council)
    await approve(id, ...keystore(0), '--yes')
    await scene.kit.mine()
    await first.says(/1 of 2 have signed/)
    first.kill()
    await first.exited

    expect((await approve(id, ...keystore(2), '--yes')).code).toBe(0)
    const second = council.firebreak()
    await second.says(/ARMED/)
    await whileMining(scene.kit, 'the execution', async () => {
      return (await actsOf(scene)).length > 0
    })
    second.kill()
    await second.exited
    const third = council.firebreak()
    await third.says(/ARMED/)
    await scene.kit.mine(2)
    await third.says(/HOLDS pause/)
    expect(await council.paused()).toBe(true)
    expect(await third.stop()).toBe(0)
    expect((await actsOf(scene)).map((act) => act.ok)).toEqual([true])
    expect(idsOf(journalOf(scene), 'open')).toEqual([id])
  })
})

test('a nonce that the owners used for something else makes it stale: it is prepared again, and old signatures do not count', async () => {
  await onCouncil({ version: '1.5.0' }, async (council) => {
    const { scene, approve, keystore, vault } = council
    const firebreak = council.firebreak()
    await firebreak.says(/ARMED/)
    await council.drain()
    await firebreak.says(/0 of 2 have signed/)
    const old = await proposalOf(council)
    await approve(old, ...keystore(0), '--yes')
    const greet = encodeCall([{ type: 'function', name: 'greet', inputs: [], outputs: [], stateMutability: 'nonpayable' }], 'greet', [])
    await council.executes(vault, greet, 0n)
    await firebreak.says(/is stale/)
    await scene.kit.mine()
    const id = await proposalOf(council)
    expect(id).not.toBe(old)
    const late = await approve(old, ...keystore(1), '--yes')
    expect(late.code).toBe(1)
    expect(late.document.why).toMatch(/its nonce was used/)
    await approve(id, ...keystore(1), '--yes')
    await approve(id, ...keystore(2), '--yes')
    await whileMining(scene.kit, 'the execution', async () => {
      return council.paused()
    })
    await firebreak.says(/HOLDS pause/)
    expect(await firebreak.stop()).toBe(0)
    expect(idsOf(journalOf(scene), 'stale')).toEqual([old])
  })
})

test('a stranger’s signature is refused on the spot, and where it lies among the files it is told and never counted', async () => {
  await onCouncil({}, async (council) => {
    const { scene, approve, env } = council
    const firebreak = council.firebreak()
    await firebreak.says(/ARMED/)
    await council.drain()
    await firebreak.says(/0 of 2 have signed/)
    const id = await proposalOf(council)
    const refused = await approve(id, '--signature', await ownerSigns(scene.attacker, id as `0x${string}`))
    expect(refused.code).toBe(2)
    expect(JSON.stringify(refused.document)).toMatch(/not by an owner/)
    const stolen = await approve(id, '--signer', 'env:OWNER_PASSWORD', '--yes')
    expect(stolen.code).toBe(2)
    expect(env.OWNER_PASSWORD && stolen.out.includes(env.OWNER_PASSWORD)).toBe(false)
    const folder = `${journalOf(scene)}.proposals`
    const forged = await ownerSigns(scene.attacker, id as `0x${string}`)
    for (const n of [1, 2, 3])
      await writeFile(join(folder, `${id}.0x${String(n).repeat(40)}.json`), JSON.stringify({ proposal: id, signature: forged }))
    await writeFile(join(folder, `${id}.0x${'4'.repeat(40)}.json`), '{"oops')
    await scene.kit.mine(2)
    await firebreak.says(/does not count/, 4)
    expect(await council.paused()).toBe(false)
    expect((await approve(id)).document.refused).toHaveLength(4)
    expect(await firebreak.stop()).toBe(0)
    expect(await actsOf(scene)).toEqual([])
  })
})

test('a key that was robbed of its role gives way to the council', async () => {
  const automatic = "on('drain').pull('pause').automatically({ atMost: '4/day' })"
  await onCouncil({ by: "['sentinel', 'council']", respond: automatic }, async (council) => {
    const { scene, approve, keystore } = council
    const firebreak = council.firebreak()
    await firebreak.says(/ARMED/)
    await council.drain()
    await whileMining(scene.kit, 'the proposal', async () => {
      return (await approve()).document.waiting.length === 1
    })
    const id = await proposalOf(council)
    await approve(id, ...keystore(0), '--yes')
    await approve(id, ...keystore(1), '--yes')
    await whileMining(scene.kit, 'the execution', async () => {
      return council.paused()
    })
    await firebreak.says(/HOLDS pause/)
    expect(await firebreak.stop()).toBe(0)
  })
})

test('a brake’s name is enough: an owner elsewhere prepares the same proposal from plan and chain', async () => {
  await onCouncil({}, async (council) => {
    const firebreak = council.firebreak()
    await firebreak.says(/ARMED/)
    await council.drain()
    await firebreak.says(/0 of 2 have signed/)
    const id = await proposalOf(council)
    expect((await council.approve('pause')).document.id).toBe(id)
    expect((await council.approve('nonsense')).code).toBe(2)
    expect((await council.approve('0xdeadbeef')).code).toBe(2)
    expect(await firebreak.stop()).toBe(0)
  })
})
