// Where the Reader's code is lent to for the length of a request, and who calls it there; nobody has keys to either.
import type { Address } from '../../model/hex.ts'

/** The last 20 bytes of keccak256('firebreak reader'). */
export const readerAddress: Address = '0xC3f85A73D0A3A09F1Cc2Fc74182ff97aC272384A'

/** The last 20 bytes of keccak256('firebreak reader sender'). */
export const readerSender: Address = '0x98683ebB82466dFF81963f4526df8f5e4acE750e'
