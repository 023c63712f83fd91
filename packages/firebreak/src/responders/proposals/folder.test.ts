import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Hex } from '../../model/hex.ts'
import { messageOf, safeHashes } from '../authorities/safe-tx.ts'
import { proposalFolder } from './folder.ts'
import { proposalText, readProposal, type Proposal } from './proposal.ts'
import { proposals } from './proposals.ts'

let path: string
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'firebreak-proposals-')), 'vault.journal.proposals')
})
afterEach(() => rmSync(join(path, '..'), { recursive: true, force: true }))

const safe = '0x00000000000000000000000000000000000000A1'
const alice = '0x00000000000000000000000000000000000000b1'
const at = (nonce: bigint, data: Hex = '0x8456cb59'): Proposal => {
  const tx = { to: '0x00000000000000000000000000000000000000C1', value: 0n, data, operation: 0, nonce } as const
  const read = readProposal(
    JSON.stringify({
      version: 1,
      id: safeHashes(tx, { chainId: 1, safe }).safeTx,
      plan: { name: 'p', hash: '0x' },
      chain: 'mainnet',
      chainId: 1,
      authority: 'council',
      safe,
      brake: `pause${data.slice(2, 6)}`,
      does: 'pull',
      desire: 'd',
      at: 1,
      says: 'pause',
      notes: [],
      transaction: messageOf(tx),
    }),
  )
  if ('wrong' in read) throw new Error(read.wrong)
  return read
}
const signature: Hex = `0x${'11'.repeat(65)}`

describe('a proposal’s file', () => {
  test('is read back as it was written', () => {
    expect(readProposal(proposalText(at(3n)))).toEqual(at(3n))
  })

  test('is refused when it hashes to something else than it calls itself, and when it asks for a refund', () => {
    const text = proposalText(at(3n))
    expect(readProposal(text.replace('"nonce": "3"', '"nonce": "4"'))).toMatchObject({ wrong: expect.stringMatching(/hashes to/) })
    expect(readProposal(text.replace('"gasPrice": "0"', '"gasPrice": "1"'))).toMatchObject({ wrong: expect.stringMatching(/gasPrice/) })
    expect(readProposal('{"oops')).toMatchObject({ wrong: 'is no JSON' })
  })
})

describe('the folder', () => {
  test('is empty as long as nobody proposed anything', () => {
    expect(proposalFolder(path).list()).toEqual([])
    expect(proposalFolder(path).approvals(at(1n).id)).toEqual([])
  })

  test('keeps proposals, says which are over, and takes one up again that is wanted again', () => {
    const folder = proposalFolder(path)
    folder.publish(at(1n))
    folder.publish(at(2n))
    folder.publish(at(1n))
    folder.over(at(1n).id, 'stale')
    const over = () => Object.fromEntries(folder.list().map((one) => [one.proposal.transaction.nonce.toString(), one.over]))
    expect(over()).toEqual({ '1': 'stale', '2': undefined })
    folder.publish(at(1n))
    expect(over()).toEqual({ '1': undefined, '2': undefined })
  })

  test('has a file for each signature: nobody overwrites another’s, and rubbish under a name keeps nobody from signing', () => {
    const folder = proposalFolder(path)
    const { id } = at(1n)
    folder.publish(at(1n))
    writeFileSync(join(path, `${id}.${alice}.json`), 'rubbish')
    const file = folder.sign({ proposal: id, signer: alice, signature, chainId: 1 }, alice)
    expect(folder.sign({ proposal: id, signer: alice, signature, chainId: 1 }, alice)).toBe(file)
    expect(folder.approvals(id).map((one) => one.signature)).toEqual([signature, '0x'])
    expect(readdirSync(path).filter((name) => name.startsWith('.'))).toEqual([])
  })

  test('leaves alone what it did not write: other names, other proposals, files of enormous size', () => {
    const folder = proposalFolder(path)
    folder.publish(at(1n))
    writeFileSync(join(path, 'notes.txt'), 'call Bob')
    writeFileSync(join(path, `0x${'a'.repeat(64)}.json`), proposalText(at(2n)))
    writeFileSync(join(path, `${at(1n).id}.${alice}.json`), ' '.repeat(2_000_000))
    expect(folder.list()).toHaveLength(1)
    expect(folder.approvals(at(1n).id)).toMatchObject([{ signature: '0x' }])
  })
})

test('two proposals for one nonce know of each other', () => {
  const all = proposals({ folder: proposalFolder(path), services: new Map(), onTrouble: () => {} })
  const [one, other, later] = [at(1n), at(1n, '0xaabbccdd'), at(2n)]
  for (const proposal of [one, other, later]) all.publish(proposal)
  expect(all.rivals(safe, 1n, one.id)).toEqual([expect.stringContaining('to pull paus')])
  expect(all.rivals(safe, 2n, later.id)).toEqual([])
  all.over(other.id, 'done')
  expect(all.rivals(safe, 1n, one.id)).toEqual([])
})
