// Roles of AccessControl by their customary names, and what each lets an account do.
import { keccak256, stringToHex } from 'viem/utils'
import type { Hex } from '../model/hex.ts'

/** Roles that only take freedom away are what an emergency key is for: PAUSER, GUARDIAN, FREEZER and the like are no findings. */
const named: Readonly<Record<string, string>> = {
  UPGRADER_ROLE: 'it can replace the code',
  MINTER_ROLE: 'it can make new tokens',
  BURNER_ROLE: 'it can destroy tokens',
  UNPAUSER_ROLE: 'it can unpause',
  ADMIN_ROLE: 'it can do whatever only admins may',
  OWNER_ROLE: 'it can do whatever only owners may',
  GOVERNOR_ROLE: 'it can do whatever only governors may',
  OPERATOR_ROLE: 'it can do whatever only operators may',
  MANAGER_ROLE: 'it can do whatever only managers may',
  WITHDRAWER_ROLE: 'it can move funds',
  TREASURER_ROLE: 'it can move funds',
  RESCUER_ROLE: 'it can move funds',
  EXECUTOR_ROLE: 'it can carry out what was proposed',
}

export const grantable: readonly { readonly role: string; readonly id: Hex; readonly means: string }[] = [
  { role: 'DEFAULT_ADMIN_ROLE', id: `0x${'0'.repeat(64)}`, means: 'it can grant every role, to itself too' },
  ...Object.entries(named).map(([role, means]) => ({ role, id: keccak256(stringToHex(role)), means })),
]
