// Where the Reader's code is lent to for the length of a request, and who calls it there; nobody has keys to either.
import { randomBytes } from 'node:crypto'
import { getAddress } from 'viem'
import type { Address } from '../../model/hex.ts'

/** Stands for the Reader in a probe: the last 20 bytes of keccak256('firebreak reader'). No code is ever lent to this address. */
export const readerAddress: Address = '0xC3f85A73D0A3A09F1Cc2Fc74182ff97aC272384A'

/** Drawn anew in each process: an attacker who knew where to look for code or coins could tell a simulation by them. */
export const drawnAddress = (): Address => getAddress(`0x${randomBytes(20).toString('hex')}`)

/** Where it really is. */
export const lentReader: Address = drawnAddress()

export const readerSender: Address = drawnAddress()
