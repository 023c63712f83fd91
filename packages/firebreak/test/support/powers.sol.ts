// Test support: OpenZeppelin's own proxies, roles and timelock around the smallest contracts that need them.
import { compileSolidity } from '../../src/local-chain/solc.ts'
import type { CompiledContract } from '../../src/local-chain/solc.ts'
import { openPackage } from '../../src/drill/package-tarball.ts'
import { openzeppelin } from './governance.ts'

const source = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {BeaconProxy} from "@openzeppelin/contracts/proxy/beacon/BeaconProxy.sol";
import {UpgradeableBeacon} from "@openzeppelin/contracts/proxy/beacon/UpgradeableBeacon.sol";
import {TransparentUpgradeableProxy} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

contract Token is ERC20, AccessControl {
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");
    constructor(address admin) ERC20("Token", "TOK") { _grantRole(DEFAULT_ADMIN_ROLE, admin); }
    function mint(address to, uint256 amount) external onlyRole(MINTER_ROLE) { _mint(to, amount); }
    function handOver(bytes32 role, bytes32 admin) external onlyRole(DEFAULT_ADMIN_ROLE) { _setRoleAdmin(role, admin); }
    /** Takes the right to mint, uses it and gives it back. */
    function quietly(address who, uint256 amount) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _grantRole(MINTER_ROLE, who);
        _mint(who, amount);
        _revokeRole(MINTER_ROLE, who);
    }
}

contract Owned is Ownable2Step {
    uint256 public cap = 5;
    constructor(address owner) Ownable(owner) {}
    function setCap(uint256 cap_) external { cap = cap_; }
}

contract Logic {
    uint256 public number;
    event Set(uint256 number);
    function set(uint256 to) external { number = to; emit Set(to); }
}
contract LogicTwo is Logic { function two() external pure returns (uint256) { return 2; } }

contract Upgradeable is UUPSUpgradeable {
    address public boss;
    function init(address to) external { require(boss == address(0)); boss = to; }
    function _authorizeUpgrade(address) internal view override { require(msg.sender == boss, "only the boss"); }
}
contract UpgradeableTwo is Upgradeable { function two() external pure returns (uint256) { return 2; } }
/** Puts the old code back as soon as it has done what it came for. */
contract Visit is UUPSUpgradeable {
    function visit(address old) external { ERC1967Utils.upgradeToAndCall(old, ""); }
    function _authorizeUpgrade(address) internal override {}
}

/** Writes over the first slot of whoever lends it its storage. */
contract Swap {
    address singleton;
    function swap(address to) external { singleton = to; }
}

contract Router {
    function forward(address to, bytes calldata data) external { (bool ok, ) = to.call(data); require(ok, "refused"); }
}
`

/** OpenZeppelin's own sources, compiled once and kept. */
export async function powerContracts(): Promise<(name: string) => CompiledContract> {
  const sources = await openPackage(openzeppelin)
  const compiled = compileSolidity(
    { 'Powers.sol': source },
    { importsFrom: (path) => sources.text(path.replace('@openzeppelin/contracts/', '')) },
  )
  return (name) => {
    const found = compiled[name]
    if (!found) throw new Error(`no contract ${name}`)
    return found
  }
}
