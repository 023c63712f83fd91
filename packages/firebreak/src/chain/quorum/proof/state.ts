// The EVM's state, filled as it is read from proven accounts, slots and code only; what a simulation changes lies on top.
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { Account, bytesToHex, hexToBytes, setLengthLeft, type Address as EvmAddress } from '@ethereumjs/util'
import { getAddress } from 'viem'
import type { Address } from '../../../model/hex.ts'
import type { ProvenAccounts } from './accounts.ts'

const addressOf = (address: EvmAddress): Address => getAddress(address.toString())
const word = (bytes: Uint8Array): `0x${string}` => bytesToHex(setLengthLeft(bytes, 32))

export class ProvenState extends SimpleStateManager {
  readonly #proven: ProvenAccounts
  /** Storage that a selfdestruct or a fresh creation emptied: nothing of the chain's shows through any more. */
  readonly #emptied = new Set<string>()

  constructor(proven: ProvenAccounts, options: ConstructorParameters<typeof SimpleStateManager>[0]) {
    super(options)
    this.#proven = proven
  }

  override async getAccount(address: EvmAddress): Promise<Account | undefined> {
    const top = this.topAccountStack()
    const name = address.toString()
    if (!top.has(name)) {
      const found = await this.#proven.account(addressOf(address))
      const account = found && new Account(found.nonce, found.balance, hexToBytes(found.storageRoot), hexToBytes(found.codeHash))
      // Below every checkpoint, so that a revert does not forget it and a second read costs nothing.
      for (const level of this.accountStack) if (!level.has(name)) level.set(name, account && Object.assign(new Account(), account))
    }
    return this.topAccountStack().get(name)
  }

  override async getCode(address: EvmAddress): Promise<Uint8Array> {
    const top = this.topCodeStack()
    const name = address.toString()
    if (!top.has(name)) {
      const account = await this.getAccount(address)
      const code = account?.isContract() ? hexToBytes(await this.#proven.code(addressOf(address))) : new Uint8Array(0)
      for (const level of this.codeStack) if (!level.has(name)) level.set(name, code)
    }
    return this.topCodeStack().get(name) ?? new Uint8Array(0)
  }

  override async getStorage(address: EvmAddress, key: Uint8Array): Promise<Uint8Array> {
    const top = this.topStorageStack()
    const name = `${address.toString()}_${bytesToHex(key)}`
    if (!top.has(name)) {
      const value = this.#emptied.has(address.toString())
        ? new Uint8Array(0)
        : hexToBytes(await this.#proven.slot(addressOf(address), word(key)))
      for (const level of this.storageStack) if (!level.has(name)) level.set(name, value)
    }
    return this.topStorageStack().get(name) ?? new Uint8Array(0)
  }

  override async clearStorage(address: EvmAddress): Promise<void> {
    await super.clearStorage(address)
    this.#emptied.add(address.toString())
  }
}
