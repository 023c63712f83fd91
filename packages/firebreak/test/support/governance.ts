// Test support: the real contracts of OpenZeppelin 5.7.0 and Compound that delay and vote, deployed around a small vault.
import { encodeAbiParameters } from 'viem'
import type { Actor, Artifact } from '../../src/drill/define.ts'
import type { LocalKit } from '../../src/drill/kit.ts'
import { openPackage, type OpenPackage } from '../../src/drill/package-tarball.ts'
import { compileSolidity } from '../../src/local-chain/solc.ts'
import type { Address } from '../../src/model/hex.ts'

export const openzeppelin = {
  name: '@openzeppelin/contracts',
  version: '5.7.0',
  integrity: 'sha512-IL2AZpI+7THMzt1u6Cxmc1zLwVnudtUGvrqXQ/HnbLKfQ/8dIWMMQPDwPIjRQzNrlAo4cxZaCGRB/XvwPo9ILA==',
} as const

/** Compound's own compiled contracts. */
const compound = {
  name: '@thenextblock/hardhat-compound',
  version: '0.0.14',
  integrity: 'sha512-lqfSEtEGl19jv7Kp/xwthUmm6Eok3hQI+YSgL4KxKc6jWJp5PYeH2Uv2KITcSDsgynNTioFf5tGWj0ad1/z3Kw==',
} as const

/** Only constructors and the overrides that Solidity asks for: what delays, votes and executes is OpenZeppelin's. */
const source = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorProposalGuardian} from "@openzeppelin/contracts/governance/extensions/GovernorProposalGuardian.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";

contract Votes is ERC20, ERC20Permit, ERC20Votes {
    constructor(address[] memory holders, uint256 each) ERC20("Votes", "VOTE") ERC20Permit("Votes") {
        for (uint256 i; i < holders.length; i++) _mint(holders[i], each);
    }
    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) { super._update(from, to, value); }
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) { return super.nonces(owner); }
}

/** Votes by the second, in a token without a past. */
contract ClockVotes is Votes {
    constructor(address[] memory holders, uint256 each) Votes(holders, each) {}
    function clock() public view override returns (uint48) { return uint48(block.timestamp); }
    function CLOCK_MODE() public pure override returns (string memory) { return "mode=timestamp"; }
}

contract Lender {
    function lend(ERC20 token, uint256 amount, address borrower, bytes calldata what) external {
        uint256 before = token.balanceOf(address(this));
        token.transfer(borrower, amount);
        (bool ok,) = borrower.call(what);
        require(ok, "the borrower failed");
        require(token.balanceOf(address(this)) == before, "not given back");
    }
}

/** Borrows votes, uses them, and gives them back in one transaction. */
contract Borrower {
    function attack(Lender lender, ERC20Votes token, uint256 amount, address governor, bytes calldata what) external {
        lender.lend(ERC20(address(token)), amount, address(this), abi.encodeCall(this.use, (lender, token, amount, governor, what)));
    }
    function use(Lender lender, ERC20Votes token, uint256 amount, address governor, bytes calldata what) external {
        token.delegate(address(this));
        (bool ok,) = governor.call(what);
        require(ok, "the governor refused");
        token.transfer(address(lender), amount);
    }
}

contract Dao is Governor, GovernorSettings, GovernorCountingSimple, GovernorVotes, GovernorVotesQuorumFraction, GovernorTimelockControl, GovernorProposalGuardian {
    constructor(IVotes votes, TimelockController timelock_, uint48 delay, uint32 period, uint256 threshold, address guardian)
        Governor("Dao") GovernorSettings(delay, period, threshold) GovernorVotes(votes) GovernorVotesQuorumFraction(10) GovernorTimelockControl(timelock_)
    { _setProposalGuardian(guardian); }
    function state(uint256 id) public view override(Governor, GovernorTimelockControl) returns (ProposalState) { return super.state(id); }
    function proposalNeedsQueuing(uint256 id) public view override(Governor, GovernorTimelockControl) returns (bool) { return super.proposalNeedsQueuing(id); }
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) { return super.proposalThreshold(); }
    function _queueOperations(uint256 id, address[] memory t, uint256[] memory v, bytes[] memory c, bytes32 d) internal override(Governor, GovernorTimelockControl) returns (uint48) { return super._queueOperations(id, t, v, c, d); }
    function _executeOperations(uint256 id, address[] memory t, uint256[] memory v, bytes[] memory c, bytes32 d) internal override(Governor, GovernorTimelockControl) { super._executeOperations(id, t, v, c, d); }
    function _cancel(address[] memory t, uint256[] memory v, bytes[] memory c, bytes32 d) internal override(Governor, GovernorTimelockControl) returns (uint256) { return super._cancel(t, v, c, d); }
    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) { return super._executor(); }
    function _validateCancel(uint256 id, address caller) internal view override(Governor, GovernorProposalGuardian) returns (bool) { return super._validateCancel(id, caller); }
}

/** Without a timelock: what is voted for is executed by the governor itself. */
contract PlainDao is Governor, GovernorSettings, GovernorCountingSimple, GovernorVotes, GovernorVotesQuorumFraction {
    constructor(IVotes votes, uint48 delay, uint32 period, uint256 threshold)
        Governor("PlainDao") GovernorSettings(delay, period, threshold) GovernorVotes(votes) GovernorVotesQuorumFraction(10) {}
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) { return super.proposalThreshold(); }
}

contract Vault {
    address public owner;
    address public guardian;
    bool public paused;
    uint256 public cap = 1000;
    constructor(address owner_, address guardian_) { owner = owner_; guardian = guardian_; }
    modifier onlyOwner() { require(msg.sender == owner, "only the owner"); _; }
    function pause() external { require(msg.sender == owner || msg.sender == guardian, "only the guardian"); paused = true; }
    function unpause() external onlyOwner { paused = false; }
    function setCap(uint256 cap_) external onlyOwner { cap = cap_; }
    function sweep(ERC20 token, address to, uint256 amount) external onlyOwner { token.transfer(to, amount); }
    /** What an attacker writes who knows that proposals are tried: it looks like nothing until its time has come. */
    function sweepAfter(ERC20 token, address to, uint256 amount, uint256 time) external onlyOwner { if (block.timestamp >= time) token.transfer(to, amount); }
}

contract ManagedVault is AccessManaged {
    bool public paused;
    uint256 public cap = 1000;
    constructor(address manager) AccessManaged(manager) {}
    function pause() external restricted { paused = true; }
    function unpause() external restricted { paused = false; }
    function setCap(uint256 cap_) external restricted { cap = cap_; }
}

contract Coin is ERC20 {
    constructor(address holder, uint256 amount) ERC20("Coin", "COIN") { _mint(holder, amount); }
}

/** Stands in for Governor Alpha where Bravo asks for the number of its last proposal. */
contract Alpha { uint256 public constant proposalCount = 1; }
`

export type GovernanceContract =
  | 'TimelockController'
  | 'AccessManager'
  | 'Votes'
  | 'ClockVotes'
  | 'Lender'
  | 'Borrower'
  | 'Dao'
  | 'PlainDao'
  | 'Vault'
  | 'ManagedVault'
  | 'Coin'
  | 'Alpha'

export type CompoundContract = 'Timelock' | 'Comp' | 'GovernorBravoDelegate' | 'GovernorBravoDelegator'

let opened: Promise<OpenPackage> | undefined

/** OpenZeppelin's own sources, compiled once and kept. */
export async function governanceContracts(): Promise<(name: GovernanceContract) => Artifact> {
  const sources = await (opened ??= openPackage(openzeppelin))
  const compiled = compileSolidity(
    { 'Governance.sol': source },
    { importsFrom: (path) => sources.text(path.replace('@openzeppelin/contracts/', '')) },
  )
  return (name) => {
    const found = compiled[name]
    if (!found) throw new Error(`no contract ${name}`)
    return found
  }
}

export async function compoundContracts(): Promise<(name: CompoundContract) => Artifact> {
  const artifacts = await openPackage(compound)
  const folder = 'dist/artifacts/contracts/compound'
  const path: Readonly<Record<CompoundContract, string>> = {
    Timelock: `${folder}/Timelock.sol/Timelock.json`,
    Comp: `${folder}/Governance/Comp.sol/Comp.json`,
    GovernorBravoDelegate: `${folder}/Governance/GovernorBravoDelegate.sol/GovernorBravoDelegate.json`,
    GovernorBravoDelegator: `${folder}/Governance/GovernorBravoDelegator.sol/GovernorBravoDelegator.json`,
  }
  return (name) => artifacts.artifact(path[name])
}

export interface Bravo {
  readonly governor: Address
  readonly timelock: Address
  readonly comp: Address
  readonly vault: Address
}

/** Bravo over its timelock as Compound runs them: two days of delay, and a vault that the timelock owns. */
export async function deployBravo(kit: LocalKit, owner: Actor, guardian: Address): Promise<Bravo> {
  const [own, comps] = [await governanceContracts(), await compoundContracts()]
  const delay = 2n * 86_400n
  const comp = await kit.deploy(comps('Comp'), [owner.address], owner)
  const timelock = await kit.deploy(comps('Timelock'), [owner.address, delay], owner)
  const alpha = await kit.deploy(own('Alpha'), [], owner)
  const delegate = await kit.deploy(comps('GovernorBravoDelegate'), [], owner)
  const settings = [timelock, comp, owner.address, delegate, 5_760n, 1n, 50_000n * 10n ** 18n]
  const governor = await kit.deploy(comps('GovernorBravoDelegator'), settings, owner)
  const abi = comps('GovernorBravoDelegate').abi
  // The timelock's admin can only be changed by the timelock itself, two days later.
  const head = (await kit.rpc('eth_getBlockByNumber', ['latest', false])) as { readonly timestamp: string }
  const eta = BigInt(head.timestamp) + delay + 3_600n
  const data = encodeAbiParameters([{ type: 'address' }], [governor])
  const args = [timelock, 0n, 'setPendingAdmin(address)', data, eta]
  await kit.call(owner, timelock, comps('Timelock').abi, 'queueTransaction', args)
  await kit.wait(Number(delay) + 3_700)
  await kit.call(owner, timelock, comps('Timelock').abi, 'executeTransaction', args)
  await kit.call(owner, governor, abi, '_initiate', [alpha])
  await kit.call(owner, comp, comps('Comp').abi, 'delegate', [owner.address])
  // Compound's shortest vote takes 5,760 blocks, which takes a local node longer than a test should: `votingPeriod` is at slot 4.
  await kit.rpc('anvil_setStorageAt', [governor, '0x4', `0x${(20).toString(16).padStart(64, '0')}`])
  const vault = await kit.deploy(own('Vault'), [timelock, guardian], owner)
  await kit.mine(2)
  return { governor, timelock, comp, vault }
}
