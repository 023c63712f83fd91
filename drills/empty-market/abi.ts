// The parts of Compound v2's ABIs that the plan speaks of, as `firebreak init` would write them.

const bool = (name: string) => ({ name, type: 'bool', internalType: 'bool' }) as const

export const comptrollerAbi = [
  {
    type: 'function',
    name: '_setMintPaused',
    stateMutability: 'nonpayable',
    inputs: [{ name: 'cToken', type: 'address' }, bool('state')],
    outputs: [bool('')],
  },
  {
    type: 'function',
    name: '_setBorrowPaused',
    stateMutability: 'nonpayable',
    inputs: [{ name: 'cToken', type: 'address' }, bool('state')],
    outputs: [bool('')],
  },
  { type: 'function', name: '_setTransferPaused', stateMutability: 'nonpayable', inputs: [bool('state')], outputs: [bool('')] },
  { type: 'function', name: '_setSeizePaused', stateMutability: 'nonpayable', inputs: [bool('state')], outputs: [bool('')] },
  { type: 'function', name: 'mintGuardianPaused', stateMutability: 'view', inputs: [{ name: '', type: 'address' }], outputs: [bool('')] },
  { type: 'function', name: 'borrowGuardianPaused', stateMutability: 'view', inputs: [{ name: '', type: 'address' }], outputs: [bool('')] },
  { type: 'function', name: 'transferGuardianPaused', stateMutability: 'view', inputs: [], outputs: [bool('')] },
  { type: 'function', name: 'seizeGuardianPaused', stateMutability: 'view', inputs: [], outputs: [bool('')] },
] as const

export const cTokenAbi = [
  { type: 'function', name: 'exchangeRateStored', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'uint256' }] },
  { type: 'function', name: 'totalSupply', stateMutability: 'view', inputs: [], outputs: [{ name: '', type: 'uint256' }] },
] as const

export const oracleAbi = [
  {
    type: 'function',
    name: 'getUnderlyingPrice',
    stateMutability: 'view',
    inputs: [{ name: 'cToken', type: 'address' }],
    outputs: [{ name: '', type: 'uint256' }],
  },
] as const

export const lensAbi = [
  { type: 'function', name: 'allBorrowsPaused', stateMutability: 'view', inputs: [], outputs: [bool('')] },
  { type: 'function', name: 'allMintsPaused', stateMutability: 'view', inputs: [], outputs: [bool('')] },
] as const

export const lenderAbi = [
  {
    type: 'function',
    name: 'maxFlashLoan',
    stateMutability: 'view',
    inputs: [{ name: 'token', type: 'address' }],
    outputs: [{ name: '', type: 'uint256' }],
  },
] as const

export const erc20Abi = [
  {
    type: 'function',
    name: 'balanceOf',
    stateMutability: 'view',
    inputs: [{ name: 'owner', type: 'address' }],
    outputs: [{ name: '', type: 'uint256' }],
  },
] as const
