// The events and functions of OpenZeppelin's and Compound's governance; where both have the same, one of them.
import { parseAbi, type AbiEvent, type AbiFunction } from 'viem'

const abi = parseAbi([
  'event ProposalCreated(uint256 proposalId, address proposer, address[] targets, uint256[] values, string[] signatures, bytes[] calldatas, uint256 voteStart, uint256 voteEnd, string description)',
  'event ProposalQueued(uint256 proposalId, uint256 eta)',
  'event VoteCast(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason)',
  'event VoteCastWithParams(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason, bytes params)',
  'event CallScheduled(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data, bytes32 predecessor, uint256 delay)',
  'event CallSalt(bytes32 indexed id, bytes32 salt)',
  'event QueueTransaction(bytes32 indexed txHash, address indexed target, uint256 value, string signature, bytes data, uint256 eta)',
  'event OperationScheduled(bytes32 indexed operationId, uint32 indexed nonce, uint48 schedule, address caller, address target, bytes data)',
  'event DelegateVotesChanged(address indexed delegate, uint256 previousVotes, uint256 newVotes)',
  'function state(uint256 proposalId) view returns (uint8)',
  'function timelock() view returns (address)',
  'function proposalGuardian() view returns (address)',
  'function COUNTING_MODE() view returns (string)',
  'function CLOCK_MODE() view returns (string)',
  'function getMinDelay() view returns (uint256)',
  'function delay() view returns (uint256)',
  'function getTimestamp(bytes32 id) view returns (uint256)',
  'function queuedTransactions(bytes32 id) view returns (bool)',
  'function getSchedule(bytes32 id) view returns (uint48)',
  'function totalSupply() view returns (uint256)',
])

type Item = (typeof abi)[number]
type Named<type extends string> = Extract<Item, { type: type }>['name']

export function eventOf(name: Named<'event'>): AbiEvent {
  const found = abi.find((item) => item.type === 'event' && item.name === name)
  if (found?.type !== 'event') throw new Error(`no event ${name}`)
  return found
}

export function viewOf(name: Named<'function'>): AbiFunction {
  const found = abi.find((item) => item.type === 'function' && item.name === name)
  if (found?.type !== 'function') throw new Error(`no function ${name}`)
  return found
}

/** What is encoded: executing, and cancelling. */
export const acts = parseAbi([
  'function execute(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) payable returns (uint256)',
  'function cancel(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash) returns (uint256)',
])
export const bravoActs = parseAbi(['function execute(uint256 proposalId) payable', 'function cancel(uint256 proposalId)'])
export const timelockActs = parseAbi([
  'function execute(address target, uint256 value, bytes payload, bytes32 predecessor, bytes32 salt) payable',
  'function executeBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt) payable',
  'function cancel(bytes32 id)',
])
export const compoundTimelockActs = parseAbi([
  'function cancelTransaction(address target, uint256 value, string signature, bytes data, uint256 eta)',
])
export const managerActs = parseAbi([
  'function execute(address target, bytes data) payable returns (uint32)',
  'function cancel(address caller, address target, bytes data) returns (uint32)',
])
