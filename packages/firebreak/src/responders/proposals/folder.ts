// Proposals as files beside the journal: one for each proposal, one for each signature, so that two signers never overwrite each other.
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address, Hex } from '../../model/hex.ts'
import type { Approval } from '../authorities/safe-signatures.ts'
import { proposalText, readProposal, readSignature, type Proposal, type Signed } from './proposal.ts'

export interface Waiting {
  readonly file: string
  readonly proposal: Proposal
  /** Why nobody has to sign it any more. */
  readonly over: string | undefined
}

export interface Folder {
  /** The same proposal once more is no news. */
  readonly publish: (proposal: Proposal) => void
  readonly over: (id: Hex, why: string) => void
  readonly list: () => readonly Waiting[]
  readonly approvals: (id: Hex) => readonly Approval[]
  /** Gives the file's name. */
  readonly sign: (signed: Signed, signer: Address) => string
}

/** Anybody who can write here can leave files: what is too large or too many is not read. */
const largest = 1_000_000
const most = 200

export const folderOf = (journal: string): string => `${journal}.proposals`

export function proposalFolder(path: string): Folder {
  const names = (): readonly string[] => (existsSync(path) ? readdirSync(path).toSorted() : [])
  const textOf = (name: string): string | undefined => {
    try {
      const file = join(path, name)
      return statSync(file).size <= largest ? readFileSync(file, 'utf8') : undefined
    } catch {
      return undefined
    }
  }
  /** Written apart and put into place whole: nobody ever reads half a file. False when the name is taken. */
  const write = (name: string, text: string, replace = false): boolean => {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const apart = join(path, `.${name}.${process.pid}`)
    writeFileSync(apart, text, { mode: 0o600 })
    try {
      if (replace) renameSync(apart, join(path, name))
      else linkSync(apart, join(path, name))
      return true
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
      throw error
    } finally {
      rmSync(apart, { force: true })
    }
  }

  const overOf = (id: Hex): string | undefined => {
    const text = textOf(`${id}.over.json`)
    if (text === undefined) return undefined
    try {
      const said: unknown = JSON.parse(text)
      return typeof said === 'object' && said !== null && 'why' in said ? String(said.why) : 'it is over'
    } catch {
      return 'it is over'
    }
  }

  return {
    publish: (proposal) => {
      // What was withdrawn may be wanted again, at the same nonce: then it is the same proposal.
      rmSync(join(path, `${proposal.id}.over.json`), { force: true })
      write(`${proposal.id}.json`, proposalText(proposal))
    },
    over: (id, why) => void write(`${id}.over.json`, `${JSON.stringify({ why })}\n`, true),
    list: () =>
      names()
        .filter((name) => /^0x[0-9a-f]{64}\.json$/.test(name))
        .flatMap((name) => {
          const read = readProposal(textOf(name) ?? '')
          return 'wrong' in read || `${read.id}.json` !== name ? [] : [{ file: join(path, name), proposal: read, over: overOf(read.id) }]
        }),
    approvals: (id) =>
      names()
        .filter((name) => name.startsWith(`${id}.0x`) && name.endsWith('.json'))
        .slice(0, most)
        .map((name): Approval => {
          const signed = readSignature(textOf(name) ?? '')
          if (!signed) return { from: name, signature: '0x' }
          const { signature, signer, proposal, chainId } = signed
          return { from: name, signature, claims: { owner: signer, hash: proposal, chainId } }
        }),
    sign: (signed, signer) => {
      const text = `${JSON.stringify(signed, null, 2)}\n`
      for (let turn = 1; ; turn++) {
        // A name that is taken may hold anybody's rubbish: it keeps nobody from signing.
        const name = turn === 1 ? `${signed.proposal}.${signer}.json` : `${signed.proposal}.${signer}.${turn}.json`
        if (write(name, text)) return join(path, name)
        if (readSignature(textOf(name) ?? '')?.signature === signed.signature) return join(path, name)
      }
    },
  }
}
