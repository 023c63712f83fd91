// What a check says of a council before it is needed, and what an owner is told of a proposal that cannot be shown.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pad } from 'viem'
import { expect, test } from 'vitest'
import { encodeCall } from '../../src/drill/encode.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import { messageOf, safeHashes } from '../../src/responders/authorities/safe-tx.ts'
import { cliJson } from '../support/cli.ts'
import { onCouncil, type Council } from './council.ts'
import { actsOf } from './facts.ts'
import { whileMining } from './until.ts'

const check = ({ scene, env }: Council) =>
  cliJson(['check', '--no-keys', '--plan', scene.plan], { env: { ...env, GUARDIAN_KEY: scene.guardian.privateKey } })
interface Checked {
  readonly findings: readonly { readonly says: string }[]
  readonly brakes: readonly {
    readonly routes: readonly { readonly verdict: { readonly kind: string }; readonly gasLimits: readonly string[] }[]
  }[]
}

const automatic = "on('drain').pull('pause').automatically({ atMost: '4/day' })"

test('a check simulates the whole execTransaction, names the signers’ time, and finds guards, modules and lost owners', async () => {
  await onCouncil({ more: "signersTake: '20m'" }, async (council) => {
    const { scene, safe } = council
    const fine = await check(council)
    expect(fine.code).toBe(0)
    const [brake] = (fine.document as Checked).brakes
    expect(brake?.routes).toMatchObject([
      { authority: 'council', verdict: { kind: 'works' }, takes: { ms: 1_200_000, why: '2 of 3 owners have to sign' }, findings: [] },
    ])
    expect(Number(brake?.routes[0]?.gasLimits[0])).toBeGreaterThan(100_000)

    // A guard that lets nothing through but what one account asks for, and a module.
    const guard = await scene.kit.deploy(safe.artifacts.debugGuard, [], scene.owner)
    await council.executes(safe.address, encodeCall(safe.abi, 'enableModule', [scene.attacker.address]), 0n)
    await council.executes(safe.address, encodeCall(safe.abi, 'setGuard', [guard]), 1n)
    const odd = (await check(council)).document as Checked
    const said = odd.findings.map((finding) => finding.says).join('\n')
    expect(said).toContain(`a guard that the plan does not know, ${guard}`)
    expect(said).toContain(`a module that the plan does not know, ${scene.attacker.address}`)
    expect(odd.brakes[0]?.routes[0]?.verdict.kind).toBe('works')
  })
})

test('a guard that refuses makes the brake not ready, today', async () => {
  await onCouncil({}, async (council) => {
    const { scene, safe } = council
    // Whoever asks a contract without such a function is refused.
    const guard = await scene.kit.deploy(safe.artifacts.delegateGuard, [scene.attacker.address], scene.owner)
    await council.executes(safe.address, encodeCall(safe.abi, 'setGuard', [guard]), 0n)
    // The guard goes wrong: its code is another from now on.
    await scene.rpc.request('anvil_setCode', [guard, '0x60006000fd'])
    await scene.kit.mine()
    const { code, document } = await check(council)
    expect(code).toBe(1)
    expect((document as Checked).brakes[0]?.routes[0]?.verdict).toMatchObject({ kind: 'fails', failure: 'reverts' })
  })
})

test('a key without gas gives way to the next route, and comes back when it has some', async () => {
  await onCouncil({ by: "['sentinel', 'council']", respond: automatic, guardian: 'sentinel' }, async (council) => {
    const { scene } = council
    const firebreak = council.firebreak()
    await firebreak.says(/ARMED/)
    const balance = await scene.rpc.request('eth_getBalance', [scene.guardian.address, 'latest'])
    await scene.rpc.request('anvil_setBalance', [scene.guardian.address, '0x1'])
    await scene.kit.mine()
    await council.drain()
    await whileMining(scene.kit, 'the proposal', async () => {
      return /proposal 0x\w+ to council about pause/.test(firebreak.said())
    })
    expect(await actsOf(scene)).toEqual([])
    await scene.rpc.request('anvil_setBalance', [scene.guardian.address, balance])
    await whileMining(scene.kit, 'the brake', async () => {
      return council.paused()
    })
    await firebreak.says(/HOLDS pause/)
    await firebreak.says(/is over: it is there/)
    expect(await firebreak.stop()).toBe(0)
  })
})

test('nobody signs blindly: what the ABI does not explain, what is not the brake and what fails needs a reason, and the reason is kept', async () => {
  await onCouncil({}, async (council) => {
    const { scene, safe, vault, approve, keystore } = council
    const proposal = async (name: string, to: Address, data: Hex, operation: 0 | 1, more: object = {}): Promise<string> => {
      const tx = { to, value: 0n, data, operation, nonce: 0n } as const
      const file = join(scene.folder, name)
      const id = safeHashes(tx, { chainId: 31_337, safe: safe.address }).safeTx
      const rest = {
        plan: { name: 'vault', hash: '0x' },
        chain: 'local',
        authority: 'council',
        brake: 'pause',
        does: 'pull',
        desire: '',
        at: 1,
      }
      const said = {
        version: 1,
        id,
        says: 'only pauses, nothing else',
        notes: [],
        chainId: 31_337,
        safe: safe.address,
        transaction: messageOf(tx),
      }
      await writeFile(file, JSON.stringify({ ...rest, ...said, ...more }))
      return file
    }
    const unpause = encodeCall(
      [{ type: 'function', name: 'unpause', inputs: [], outputs: [], stateMutability: 'nonpayable' }],
      'unpause',
      [],
    )
    const cases: readonly (readonly [string, RegExp])[] = [
      // It says that it pauses, and unpauses.
      [await proposal('other.json', vault, unpause, 0), /not what the plan's brake pause calls/],
      [await proposal('hidden.json', vault, '0xdeadbeef', 0), /does not explain 0xdeadbeef/],
      [await proposal('padded.json', vault, `${unpause}${pad('0x01').slice(2)}`, 0), /does not explain/],
      [await proposal('owner.json', safe.address, encodeCall(safe.abi, 'enableModule', [scene.attacker.address]), 0), /no contract at/],
      [await proposal('delegate.json', vault, unpause, 1), /delegatecall that is no MultiSend/],
    ]
    for (const [file, why] of cases) {
      const look = await approve(file)
      expect(look.document.blind.join('\n')).toMatch(why)
      const no = await approve(file, ...keystore(0), '--yes')
      expect(no.code).toBe(1)
      expect(no.err).toMatch(/BLIND/)
    }
    const [first] = cases
    const yes = await approve(first?.[0] ?? '', ...keystore(0), '--yes', '--blind-reason', 'Bob told me on the phone')
    expect(yes.code).toBe(0)
    expect(yes.document).toMatchObject({ ok: true, simulated: { ok: true } })

    // For another Safe, another chain, or under a wrong name: refused whatever the reason.
    const elsewhere = await proposal('elsewhere.json', vault, unpause, 0, { safe: scene.attacker.address })
    expect((await approve(elsewhere, ...keystore(0), '--yes', '--blind-reason', 'x')).code).toBe(2)
    const chain = await proposal('chain.json', vault, unpause, 0, { chainId: 1 })
    expect((await approve(chain, ...keystore(0), '--yes', '--blind-reason', 'x')).code).toBe(2)
    const stranger = await approve('pause', '--signer', 'env:STRANGER', '--yes')
    expect(stranger.code).toBe(2)
  })
})
