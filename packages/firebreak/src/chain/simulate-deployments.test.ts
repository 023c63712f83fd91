// Nodes that refuse to simulate a deployment: its sender is lent code that creates the contract, and the rest of the queue can use it.
import { getContractAddress } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestChain, trialCall } from '../../test/support/test-chain.ts'
import type { TestChain } from '../../test/support/test-chain.ts'
import type { Address, Hex } from '../model/hex.ts'
import { judgeRequest, parseJudgement } from './simulate.ts'

/** Constructor: stores its caller. Runtime: returns it. */
const remembersItsDeployer: Hex = `0x33600055${'6a60005460005260206000f3'}600052600b6015f3`
/** Constructor: reverts with nothing. */
const refuses: Hex = '0x60006000fd'

describe.each(['london', 'prague', 'osaka'])('a deployment on a %s chain', (hardfork) => {
  let chain: TestChain
  let sender: Address
  beforeAll(async () => {
    chain = await startTestChain({ hardfork })
    const account = chain.accounts[3]
    if (!account) throw new Error('no account')
    sender = account
  })
  afterAll(() => chain?.stop())

  const judge = async (data: Hex) => {
    const base = await chain.head()
    const created = getContractAddress({ from: sender, nonce: 0n })
    const calls = [trialCall(sender, undefined, data), trialCall(sender, created, '0x')]
    const { method, params } = judgeRequest(base, calls, [], { deploys: false })
    return { answer: await chain.rpc.request(method, params), calls, created }
  }

  test('puts the contract at its real address, with the sender as its deployer, for the calls that follow', async () => {
    const { answer, calls } = await judge(remembersItsDeployer)
    const judgement = parseJudgement(answer, calls, [], { label: 'test' })
    expect(judgement.ok && judgement.calls.map((call) => call.ok)).toEqual([true, true])
    expect(JSON.stringify(answer).toLowerCase()).toContain(`000000000000000000000000${sender.slice(2).toLowerCase()}`)
  })

  test('that reverts is a call that reverts', async () => {
    const { answer, calls } = await judge(refuses)
    const judgement = parseJudgement(answer, calls, [], { label: 'test' })
    expect(judgement.ok && judgement.calls[0]?.ok).toBe(false)
  })
})
