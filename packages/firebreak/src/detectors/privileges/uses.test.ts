// Powers that are used as they never are, on a real chain: by another caller, at another hour, out of sequence; inside of a transaction, too.
import { keccak256, stringToBytes } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { at, block, built, follow, scopeOf, someone } from '../../../test/support/moments.ts'
import { powerContracts } from '../../../test/support/powers.sol.ts'
import { startWatchedChain } from '../../../test/support/watched-chain.ts'
import type { WatchedChain } from '../../../test/support/watched-chain.ts'
import type { CompiledContract } from '../../local-chain/solc.ts'
import type { Address } from '../../model/hex.ts'
import { privileges } from '../privileges.ts'
import type { PrivilegesOptions } from '../privileges.ts'

const minter = keccak256(stringToBytes('MINTER_ROLE'))
const nobody: Address = '0x0000000000000000000000000000000000000000'

let chain: WatchedChain
let contract: (name: string) => CompiledContract
let boss: Address
let stranger: Address
beforeAll(async () => {
  contract = await powerContracts()
  chain = await startWatchedChain()
  boss = chain.accounts[0] ?? nobody
  stranger = chain.accounts[7] ?? nobody
})
afterAll(() => chain?.stop())

async function watching(options: PrivilegesOptions, names: Readonly<Record<Address, string>> = {}) {
  const watch = await chain.follow(built(privileges(options), scopeOf([], names)))
  await watch.blocks()
  return watch
}

describe('the use of a power', () => {
  const usual = async () => {
    const coin = await chain.deploy(contract('Token'), [boss])
    const router = await chain.deploy(contract('Router'))
    for (const one of [boss, stranger, router.address]) await chain.send(coin.address, chain.call(coin, 'grantRole', [minter, one]))
    const mint = chain.call(coin, 'mint', [stranger, 5n])
    return { coin, router, mint, through: chain.call(router, 'forward', [coin.address, mint]) }
  }

  test('by somebody else than usual is a verdict, also inside of a transaction', async () => {
    const { coin, router, mint, through } = await usual()
    const watch = await watching({ of: [coin], uses: [{ of: coin, fn: 'mint', by: [boss] }] }, { [coin.address]: 'coin' })
    expect(await watch.waiting(coin.address, mint)).toEqual([])
    expect(await watch.waiting(coin.address, mint, { from: stranger })).toMatchObject([
      { likelihood: 0.8, summary: `coin.mint() was called by ${stranger}, who is not expected to` },
    ])
    const hash = await chain.send(router.address, through)
    expect(await watch.blocks()).toMatchObject([{ weight: 'verdict', culprits: [hash], evidence: { caller: router.address } }])
    // Whoever is refused has not used anything.
    await chain.sendTogether([{ to: coin.address, data: mint, from: chain.accounts[3] ?? nobody }])
    expect(await watch.blocks()).toEqual([])
  })

  test('out of hours, and without what has to come first', async () => {
    const { coin, mint } = await usual()
    const head = await chain.node.head()
    const hour = new Date(Number(head.timestamp) * 1_000).getUTCHours()
    const hours = (from: number) => `${(from + 24) % 24}:00-${(from + 26) % 24 || 24}:00`
    const inHours = await watching({ of: [coin], uses: [{ of: coin, fn: 'mint', hours: hours(hour) }] })
    expect(await inHours.waiting(coin.address, mint)).toEqual([])
    const outOfHours = await watching({ of: [coin], uses: [{ of: coin, fn: 'mint', hours: hours(hour + 6) }] })
    expect(await outOfHours.waiting(coin.address, mint)).toMatchObject([{ weight: 'verdict', likelihood: 0.5 }])

    const logic = await chain.deploy(contract('Logic'))
    const set = logic.abi.find((item) => item.type === 'event' && item.name === 'Set')
    if (set?.type !== 'event') throw new Error('no event')
    const event = { kind: 'event', chain: 'test', address: logic.address, event: set } as const
    const after = { event, within: '10m', notBefore: '1m' } as const
    const watch = await watching({ of: [coin], uses: [{ of: coin, fn: 'mint(address,uint256)', after }] })
    expect(await watch.waiting(coin.address, mint)).toMatchObject([{ weight: 'evidence', likelihood: 0.3 }])
    await chain.send(logic.address, chain.call(logic, 'set', [1n]))
    await watch.blocks()
    expect(await watch.waiting(coin.address, mint)).toMatchObject([
      { likelihood: 0.7, summary: expect.stringContaining('sooner than 1 m') },
    ])
    await chain.rpc.request('anvil_mine', ['0x2', '0x78'])
    await watch.blocks()
    expect(await watch.waiting(coin.address, mint)).toEqual([])
    await chain.rpc.request('anvil_mine', ['0x2', '0x384'])
    await watch.blocks()
    expect(await watch.waiting(coin.address, mint)).toMatchObject([
      { likelihood: 0.7, summary: expect.stringContaining('without Set in the last 10 m') },
    ])
  })

  test('is not watched in blocks of a node without traces, which is said once', () => {
    const use = { of: at(someone(1)), fn: 'mint(address,uint256)', by: [someone(2)] }
    const { see } = follow(built(privileges({ of: [], uses: [use] }), scopeOf()))
    const moment = block([], { txs: [1], touches: [someone(1)] })
    expect(see(moment)).toMatchObject([{ weight: 'evidence', summary: expect.stringContaining('traces are missing') }])
    expect(see(moment)).toEqual([])
  })
})
