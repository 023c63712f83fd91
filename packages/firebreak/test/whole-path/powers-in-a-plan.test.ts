// Re-entrancy and powers in a resolved plan on a real chain: what the plan needs is asked for, blocks are judged, and states survive.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keccak256, parseEther, stringToBytes } from 'viem'
import { canonical, parseCanonical } from '../../src/base/canonical.ts'
import { watching } from '../../src/engine/reach.ts'
import { watchedAddresses } from '../../src/engine/watched.ts'
import { definePlan, env, evm, asset, fixed, privileges, reentrancy } from '../../src/index.ts'
import { compileSolidity } from '../../src/local-chain/solc.ts'
import { resolvePlan } from '../../src/plan/resolve.ts'
import { encoders } from '../plan-types/settle.ts'
import { powerContracts } from '../support/powers.sol.ts'
import { reentrancySource } from '../support/reentrancy.sol.ts'
import { startWatchedChain } from '../support/watched-chain.ts'
import type { WatchedChain } from '../support/watched-chain.ts'

let chain: WatchedChain
beforeAll(async () => {
  chain = await startWatchedChain()
})
afterAll(() => chain?.stop())

test('both are built from a plan, see an attack in blocks, and go on from saved states', async () => {
  const [contract, entered] = [await powerContracts(), compileSolidity({ 'Reentrancy.sol': reentrancySource })]
  const { Bank, Sister, Thief } = entered
  if (!Bank || !Sister || !Thief) throw new Error('not compiled')
  const [boss = '0x', minter = '0x'] = chain.accounts
  const bank = await chain.deploy(Bank)
  const sister = await chain.deploy(Sister, [bank.address])
  const thief = await chain.deploy(Thief, [bank.address, sister.address])
  const coin = await chain.deploy(contract('Token'), [boss])
  await chain.send(bank.address, chain.call(bank, 'deposit'), { value: parseEther('5') })

  const local = evm('test', { id: 31_337, rpc: env('NODE') })
  const at = (one: typeof bank) => local.at(one.address, one.abi)
  const definition = definePlan({
    name: 'powers',
    contracts: { bank: at(bank), sister: at(sister), coin: at(coin) },
    assets: { coin: asset({ token: at(coin), decimals: 18, price: fixed('$1'), heldBy: [at(bank)] }) },
    watch: {
      reenter: reentrancy({ into: [at(bank)] }),
      powers: privileges({
        of: [at(coin), at(bank)],
        expect: { roles: { DEFAULT_ADMIN_ROLE: [boss] }, threshold: 2n },
        uses: [{ of: at(coin), fn: 'mint', by: [boss] }],
      }),
    },
    authorities: {},
    brakes: {},
    respond: () => [],
  })
  const { plan } = resolvePlan(definition, encoders)
  const watched = watchedAddresses(plan, 'test')
  // Nobody else's transfers of the asset would be judged otherwise.
  expect(watched.has(coin.address)).toBe(true)

  let watch = watching(plan, 'test')
  let parent: `0x${string}` | undefined
  const next = async () => {
    const { hash } = await chain.node.head()
    const moment = await chain.node.observe(hash, watch.needs(parent), watched)
    if (!moment) throw new Error('no moment')
    const { findings, failures } = watch.reach(moment)
    expect(failures).toEqual([])
    parent = hash
    return findings.map((one) => `${one.watch}: ${one.finding.summary}`)
  }
  expect(await next()).toEqual(['powers: the plan expects a value of what none of these contracts has: threshold'])
  await chain.rpc.request('anvil_mine', ['0x1'])
  expect(await next()).toEqual([])
  await chain.send(thief.address, chain.call(thief, 'go', ['classic', 1n]), { value: parseEther('1') })
  expect(await next()).toEqual([`reenter: bank.withdraw() was entered while withdraw() was under way, by way of ${thief.address}`])

  const reached = parent && watch.at(parent)
  if (!reached) throw new Error('not reached')
  const { answers: _, parent: __, ...kept } = reached
  watch = watching(plan, 'test')
  watch.restore(parseCanonical(canonical(kept)) as typeof kept)
  const role = keccak256(stringToBytes('MINTER_ROLE'))
  await chain.send(coin.address, chain.call(coin, 'grantRole', [role, minter]))
  expect(await next()).toEqual([`powers: MINTER_ROLE of coin: granted to ${minter}`])
  await chain.send(coin.address, chain.call(coin, 'mint', [minter, 1n]), { from: minter })
  expect(await next()).toEqual([`powers: coin.mint() was called by ${minter}, who is not expected to`])
})
