// The parts of the contracts' ABIs that the plan speaks of, as `firebreak init` would write them.

const bool = (name: string) => ({ name, type: 'bool' }) as const
const address = (name: string) => ({ name, type: 'address' }) as const
const uint = (name: string) => ({ name, type: 'uint256' }) as const

export const poolAbi = [
  { type: 'function', name: 'setDepositsPaused', stateMutability: 'nonpayable', inputs: [address('token'), bool('paused')], outputs: [] },
  { type: 'function', name: 'setBorrowsFrozen', stateMutability: 'nonpayable', inputs: [address('token'), bool('frozen')], outputs: [] },
  { type: 'function', name: 'setBorrowsPaused', stateMutability: 'nonpayable', inputs: [bool('paused')], outputs: [] },
  { type: 'function', name: 'setWithdrawalsPaused', stateMutability: 'nonpayable', inputs: [bool('paused')], outputs: [] },
  { type: 'function', name: 'setLiquidationsPaused', stateMutability: 'nonpayable', inputs: [bool('paused')], outputs: [] },
  {
    type: 'function',
    name: 'setCollateralFactor',
    stateMutability: 'nonpayable',
    inputs: [address('token'), { name: 'factor', type: 'uint16' }],
    outputs: [],
  },
  { type: 'function', name: 'depositsPaused', stateMutability: 'view', inputs: [address('token')], outputs: [bool('')] },
  { type: 'function', name: 'borrowsFrozen', stateMutability: 'view', inputs: [address('token')], outputs: [bool('')] },
  { type: 'function', name: 'borrowsPaused', stateMutability: 'view', inputs: [], outputs: [bool('')] },
  { type: 'function', name: 'withdrawalsPaused', stateMutability: 'view', inputs: [], outputs: [bool('')] },
  { type: 'function', name: 'liquidationsPaused', stateMutability: 'view', inputs: [], outputs: [bool('')] },
  { type: 'function', name: 'collateralFactor', stateMutability: 'view', inputs: [address('token')], outputs: [uint('')] },
  { type: 'function', name: 'priceOf', stateMutability: 'view', inputs: [address('token')], outputs: [uint('')] },
  { type: 'function', name: 'cashOf', stateMutability: 'view', inputs: [address('token')], outputs: [uint('')] },
] as const

export const sourceAbi = [{ type: 'function', name: 'price', stateMutability: 'view', inputs: [], outputs: [uint('')] }] as const

export const pairAbi = [
  {
    type: 'function',
    name: 'getReserves',
    stateMutability: 'view',
    inputs: [],
    outputs: [
      { name: 'reserve0', type: 'uint112' },
      { name: 'reserve1', type: 'uint112' },
      { name: 'blockTimestampLast', type: 'uint32' },
    ],
  },
] as const

export const erc20Abi = [
  { type: 'function', name: 'balanceOf', stateMutability: 'view', inputs: [address('owner')], outputs: [uint('')] },
] as const
