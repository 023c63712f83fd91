// Real Safes of three versions on a real chain: what we hash, count and send is what they accept, and what we refuse they would.
import { concatHex, hashTypedData, numberToHex, pad, parseAbi } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probe } from '../../src/chain/transport/capabilities.ts'
import { connect } from '../../src/chain/transport/connect.ts'
import { nodeOf } from '../../src/chain/node.ts'
import type { Actor } from '../../src/drill/define.ts'
import { encodeCall } from '../../src/drill/encode.ts'
import { makeKit, type LocalKit } from '../../src/drill/kit.ts'
import { startAnvil, type Anvil } from '../../src/local-chain/anvil.ts'
import { compileSolidity } from '../../src/local-chain/solc.ts'
import type { SafeAuthority } from '../../src/model/brake.ts'
import type { EncodedCall } from '../../src/model/call.ts'
import type { TrialCall } from '../../src/model/decision.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import type { Route, RouteStep } from '../../src/model/route.ts'
import { readRoute } from '../../src/responders/authorities/read-route.ts'
import { safeRoute, type Collected } from '../../src/responders/authorities/safe.ts'
import type { Approval } from '../../src/responders/authorities/safe-signatures.ts'
import { innerCalls, safeHashes, safeTxOf, typedDataOf } from '../../src/responders/authorities/safe-tx.ts'
import type { Node } from '../../src/stages.ts'
import { bankCouncil, bankSource, chainId, type BankCouncil } from '../support/safe-bank.ts'
import { ownerSigns, ownerSignsMessage, safeVersions, type SafeVersion } from '../support/safes.ts'

let anvil: Anvil
let node: Node
let kit: LocalKit
let owners: readonly Actor[]
let executor: Actor
let stranger: Actor

beforeAll(async () => {
  anvil = await startAnvil({ noMining: true, chainId })
  const rpc = connect(anvil.ipcPath, 'test')
  node = nodeOf('test', rpc, await probe(rpc), { onTrouble: () => {}, setInterval: () => () => {} })
  kit = makeKit({ request: (method, params) => rpc.request(method, params), seed: 1, chainId })
  owners = [await kit.actor('one'), await kit.actor('two'), await kit.actor('three')]
  executor = await kit.actor('executor')
  stranger = await kit.actor('stranger')
})
afterAll(async () => {
  await node.close()
  await anvil.stop()
})

const council = (version: SafeVersion, more: { readonly owners?: readonly Address[] } = {}): Promise<BankCouncil> =>
  bankCouncil(kit, version, more.owners ?? owners.map((owner) => owner.address), executor)

const collecting = (approvals: readonly Approval[]): Collected => ({ approvals: () => approvals, rivals: () => [] })
const signature = (signed: Hex, from = 'a file', claims: Approval['claims'] = {}): Approval => ({ from, signature: signed, claims })

async function stepOf(route: Route, calls: readonly EncodedCall[]): Promise<RouteStep> {
  const head = await node.head()
  const at = await readRoute(node, head.hash, route, calls)
  return route.next(calls, { ...at, timestamp: head.timestamp })
}

async function askOf(authority: SafeAuthority, calls: readonly EncodedCall[], approvals: readonly Approval[] = []) {
  const step = await stepOf(safeRoute(authority, collecting(approvals)), calls)
  if (step.kind !== 'people') throw new Error(`no ask but ${step.kind}`)
  return step.ask
}

/** Sends what the route gives, mines it, and says whether it went through. */
async function carriedOut(step: RouteStep): Promise<boolean> {
  if (step.kind !== 'send') throw new Error(`nothing to send: ${JSON.stringify(step)}`)
  const [call] = step.calls
  if (!call) throw new Error('nothing to send')
  const hash = await kit.send(executor, { to: call.to, data: call.data, gas: 1_000_000n }, { mayRevert: true })
  const receipt = (await kit.rpc('eth_getTransactionReceipt', [hash])) as { status: Hex }
  return receipt.status === '0x1'
}

/** The simulation that a check makes: as close to the real thing as it gets, and from nothing at all. */
async function rehearsed(route: Route, calls: readonly EncodedCall[], asked: boolean): Promise<{ ok: boolean; why: string }> {
  const base = await node.head()
  const rehearsal = route.rehearse(calls, asked ? await readRoute(node, base.hash, route, calls) : undefined)
  if (!rehearsal.ok) return { ok: false, why: rehearsal.why }
  const step = rehearsal.calls.map(({ to, data }): TrialCall => ({
    from: executor.address,
    to,
    data,
    value: 0n,
    gas: 1_000_000n,
    maxFee: base.baseFee * 2n,
    maxTip: 0n,
    nonce: undefined,
  }))
  const [outcome] = await node.run([{ id: 't', base, brakes: [], form: 't', steps: [step], code: {}, storage: rehearsal.storage }], [])
  const call = outcome?.ok ? outcome.steps[0]?.calls[0] : undefined
  return { ok: call?.ok === true, why: outcome?.ok ? (call?.why ?? '') : (outcome?.why ?? '') }
}

describe.each(safeVersions)('a Safe %s', (version) => {
  test('what two of three owners sign is carried out, one call and several', async () => {
    const { authority, pause, both, bank, bankAbi } = await council(version)
    for (const calls of [pause, both]) {
      const { id, needs, lacks, notes } = await askOf(authority, calls)
      expect({ needs, lacks: lacks.length, notes }).toEqual({ needs: 2, lacks: 3, notes: [] })
      const signed = await Promise.all(owners.slice(0, 2).map((owner) => ownerSigns(owner, id)))
      const half = await askOf(authority, calls, [signature(signed[0] ?? '0x')])
      expect(half.has).toEqual([owners[0]?.address])
      const step = await stepOf(safeRoute(authority, collecting(signed.map((one) => signature(one)))), calls)
      expect(await carriedOut(step)).toBe(true)
    }
    expect(await kit.read(bank, bankAbi, 'paused')).toBe(true)
    expect(await kit.read(bank, bankAbi, 'cap')).toBe(1n)
  })

  test('our hash is the Safe’s own, and the typed data of wallets', async () => {
    const { authority, safe, both } = await council(version)
    const place = { chainId, safe: safe.address }
    const tx = safeTxOf(both, 7n, safe.multiSend)
    const own = await kit.read(safe.address, safe.abi, 'getTransactionHash', [
      tx.to,
      tx.value,
      tx.data,
      tx.operation,
      0n,
      0n,
      0n,
      pad('0x', { size: 20 }),
      pad('0x', { size: 20 }),
      7n,
    ])
    const hashes = safeHashes(tx, place)
    expect(hashes.safeTx).toBe(own)
    expect(hashes.domain).toBe(await kit.read(safe.address, safe.abi, 'domainSeparator'))
    expect(hashTypedData(typedDataOf(tx, place) as unknown as Parameters<typeof hashTypedData>[0])).toBe(own)
    expect(innerCalls(tx)?.map(({ to, data }) => ({ to, data }))).toEqual(both.map(({ to, data }) => ({ to, data })))
    expect((await askOf(authority, both)).id).toBe(safeHashes({ ...tx, nonce: 0n }, place).safeTx)
  })

  test('an owner may sign as a message, or approve on the chain', async () => {
    const { authority, safe, pause } = await council(version)
    const { id } = await askOf(authority, pause)
    const [one, two] = owners
    if (!one || !two) throw new Error('no owners')
    await kit.call(two, safe.address, safe.abi, 'approveHash', [id])
    const step = await stepOf(safeRoute(authority, collecting([signature(await ownerSignsMessage(one, id))])), pause)
    expect(await carriedOut(step)).toBe(true)
  })

  test('an owner may be a contract', async () => {
    const { Signer } = compileSolidity({ 'Bank.sol': bankSource })
    if (!Signer) throw new Error('no signer')
    const contract = await kit.deploy(Signer, [], executor)
    const one = owners[0]
    if (!one) throw new Error('no owner')
    const { authority, pause } = await council(version, { owners: [one.address, contract] })
    const { id } = await askOf(authority, pause)
    const says = (word: Hex): Hex => concatHex([pad(contract), numberToHex(65, { size: 32 }), '0x00', numberToHex(3, { size: 32 }), word])
    const mine = signature(await ownerSigns(one, id))
    const no = await askOf(authority, pause, [mine, signature(says('0x6e6f21'))])
    expect(no.has).toEqual([one.address])
    expect(no.refused[0]?.why).toMatch(/does not accept it/)
    const step = await stepOf(safeRoute(authority, collecting([mine, signature(says('0x796573'))])), pause)
    expect(await carriedOut(step)).toBe(true)
  })

  test('strangers, doubles, other chains, other hashes and rubbish are refused by name and never counted', async () => {
    const { authority, safe, pause } = await council(version)
    const { id } = await askOf(authority, pause)
    const [one, two] = owners
    if (!one || !two) throw new Error('no owners')
    const tx = safeTxOf(pause, 0n, safe.multiSend)
    const elsewhere = safeHashes(tx, { chainId: 1, safe: safe.address }).safeTx
    const later = safeHashes({ ...tx, nonce: 1n }, { chainId, safe: safe.address }).safeTx
    const { has, refused } = await askOf(authority, pause, [
      signature(await ownerSigns(one, id), 'one'),
      signature(await ownerSignsMessage(one, id), 'one again'),
      signature(await ownerSigns(stranger, id), 'a stranger'),
      signature(await ownerSigns(two, elsewhere), 'mainnet', { owner: two.address }),
      signature(await ownerSigns(two, elsewhere), 'says mainnet', { chainId: 1 }),
      signature(await ownerSigns(two, later), 'next nonce', { hash: later }),
      signature(concatHex([pad(two.address), pad('0x'), '0x01']), 'says that it approved'),
      signature('0x1234', 'rubbish'),
      signature(`0x${'00'.repeat(64)}1b`, 'zeros'),
      signature(`0x${'11'.repeat(64)}ff`, 'no kind'),
    ])
    expect(has).toEqual([one.address])
    expect(Object.fromEntries(refused.map(({ from, why }) => [from, why]))).toEqual({
      'one again': expect.stringMatching(/signed already/),
      'a stranger': expect.stringMatching(/no owner/),
      mainnet: expect.stringMatching(/made for chain 1, and this Safe is on chain 31337/),
      'says mainnet': expect.stringMatching(/for chain 1/),
      'next nonce': expect.stringMatching(/another proposal/),
      'says that it approved': expect.stringMatching(/has not approved/),
      rubbish: expect.stringMatching(/2 bytes/),
      zeros: expect.stringMatching(/no signature/),
      'no kind': expect.stringMatching(/v = 255/),
    })
  })

  test('a nonce that was used makes a new proposal; owners and threshold are those of now', async () => {
    const { authority, safe, pause, both } = await council(version)
    const before = await askOf(authority, pause)
    const signed = await Promise.all(owners.map((owner) => ownerSigns(owner, before.id)))
    const other = await askOf(authority, both)
    const forOther = await Promise.all(owners.map((owner) => ownerSigns(owner, other.id)))
    expect(await carriedOut(await stepOf(safeRoute(authority, collecting(forOther.map((one) => signature(one)))), both))).toBe(true)
    const after = await askOf(
      authority,
      pause,
      signed.map((one) => signature(one)),
    )
    expect(after.id).not.toBe(before.id)
    expect(after.has).toEqual([])

    // The owners agree to ask all three from now on.
    const change: EncodedCall = {
      to: safe.address,
      data: encodeCall(safe.abi, 'changeThreshold', [3n]),
      label: 'council.changeThreshold(3)',
    }
    const agreed = await askOf(authority, [change])
    const changed = await Promise.all(owners.slice(0, 2).map((owner) => ownerSigns(owner, agreed.id)))
    expect(await carriedOut(await stepOf(safeRoute(authority, collecting(changed.map((one) => signature(one)))), [change]))).toBe(true)
    const now = await askOf(authority, pause)
    const two = await Promise.all(owners.slice(0, 2).map((owner) => ownerSigns(owner, now.id)))
    expect(
      await askOf(
        authority,
        pause,
        two.map((one) => signature(one)),
      ),
    ).toMatchObject({ needs: 3, has: { length: 2 } })
    expect(now.notes.join()).toMatch(/asks all of its 3 owners/)
  })

  test('it is rehearsed as it is: from the executor, past its guard, with what it may do', async () => {
    const { authority, safe, pause, both, bank } = await council(version)
    const route = safeRoute(authority)
    for (const asked of [true, false]) {
      expect(await rehearsed(route, pause, asked)).toEqual({ ok: true, why: '' })
      expect(await rehearsed(route, both, asked)).toEqual({ ok: true, why: '' })
      const forbidden: EncodedCall = {
        to: bank,
        data: encodeCall(parseAbi(['function nothing()']), 'nothing', []),
        label: 'bank.nothing()',
      }
      expect((await rehearsed(route, [forbidden], asked)).ok).toBe(false)
    }
    // A guard that refuses delegatecalls, and with them every MultiSend.
    const guard = await kit.deploy(safe.artifacts.delegateGuard, [stranger.address], executor)
    const set: EncodedCall = { to: safe.address, data: encodeCall(safe.abi, 'setGuard', [guard]), label: 'council.setGuard()' }
    const { id } = await askOf(authority, [set])
    const signed = await Promise.all(owners.slice(0, 2).map((owner) => ownerSigns(owner, id)))
    expect(await carriedOut(await stepOf(safeRoute(authority, collecting(signed.map((one) => signature(one)))), [set]))).toBe(true)
    for (const asked of [true, false]) {
      expect((await rehearsed(route, pause, asked)).ok).toBe(true)
      expect((await rehearsed(route, both, asked)).ok).toBe(false)
    }
    const { notes } = await askOf(authority, pause)
    expect(notes.join()).toContain(`a guard that the plan does not know, ${guard}`)
    expect((await askOf({ ...authority, known: [...authority.known, guard] }, pause)).notes).toEqual([])
    expect((await askOf({ ...authority, known: [guard] }, pause)).notes.join()).toMatch(/fallback handler that the plan does not know/)
  })

  test('a module that the plan does not know is said', async () => {
    const { authority, safe, pause } = await council(version)
    const enable: EncodedCall = {
      to: safe.address,
      data: encodeCall(safe.abi, 'enableModule', [stranger.address]),
      label: 'council.enableModule()',
    }
    const { id } = await askOf(authority, [enable])
    const signed = await Promise.all(owners.slice(0, 2).map((owner) => ownerSigns(owner, id)))
    expect(await carriedOut(await stepOf(safeRoute(authority, collecting(signed.map((one) => signature(one)))), [enable]))).toBe(true)
    expect((await askOf(authority, pause)).notes.join()).toContain(`a module that the plan does not know, ${stranger.address}`)
  })
})

test('an address that is no Safe is said, with the way out', async () => {
  const { authority, pause, bank } = await council('1.4.1')
  const step = await stepOf(safeRoute({ ...authority, address: bank }), pause)
  expect(step).toMatchObject({
    kind: 'stuck',
    why: expect.stringMatching(/does not answer like a Safe/),
    mend: expect.stringMatching(/authorities.council/),
  })
})
