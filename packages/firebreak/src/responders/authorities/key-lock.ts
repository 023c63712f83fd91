// One writer per key: a lock on this machine for a key on a chain, taken back by the operating system when the process dies.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UserError } from '../../model/errors.ts'
import type { Address, Hex } from '../../model/hex.ts'

/** Another armed process signs with this key: two writers would take each other's nonces. */
export class KeyInUse extends UserError {
  override readonly name: string = 'KeyInUse'

  constructor(authority: string, address: Address) {
    super({
      path: `authorities.${authority}`,
      wrong: `another armed Firebreak on this machine uses the key ${address} on this chain`,
      mend: 'stop it first, or hand it the order: `firebreak pull` and `release` do that by themselves with its plan and journal',
    })
  }
}

export interface KeyOnChain {
  readonly authority: string
  readonly address: Address
  readonly chainId: number
  /** The first block tells chains apart that share an id, as local ones do; undefined where the node does not give it. */
  readonly genesis: Hex | undefined
}

/** Takes every lock or none. SQLite's own lock on an empty database: it needs no cleaning up after a crash. */
export function lockKeys(folder: string, keys: readonly KeyOnChain[]): { readonly release: () => void } {
  const held: DatabaseSync[] = []
  const release = (): void => {
    for (const database of held.splice(0)) database.close()
  }
  try {
    make(folder)
    for (const file of new Set(keys.map((key) => fileOf(folder, key)))) {
      const key = keys.find((one) => fileOf(folder, one) === file)
      if (key) held.push(locked(file, key))
    }
    return { release }
  } catch (error) {
    release()
    throw error
  }
}

const fileOf = (folder: string, { chainId, genesis, address }: KeyOnChain): string =>
  join(folder, `${chainId}-${genesis?.slice(2, 18) ?? 'unknown'}-${address.toLowerCase()}.lock`)

function make(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unusable(folder, error)
  }
}

function locked(file: string, key: KeyOnChain): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { timeout: 0 })
    database.exec('begin exclusive')
    return database
  } catch (error) {
    database?.close()
    throw isBusy(error) ? new KeyInUse(key.authority, key.address) : unusable(file, error)
  }
}

const unusable = (path: string, error: unknown): UserError =>
  new UserError({
    path,
    wrong: `the lock of a key cannot be kept there (${error instanceof Error ? error.message : String(error)})`,
    mend: 'make it writable, or set FIREBREAK_STATE to a folder that is',
  })

/** SQLITE_BUSY */
const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === 5
