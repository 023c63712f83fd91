// The contracts of the readiness tests: a bank whose brakes work, fail in every way that a brake can fail, or rot while one looks.

export const bankSource = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Money {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    constructor(address holder, uint256 amount) {
        balanceOf[holder] = amount;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }

    function approve(address who, uint256 amount) external returns (bool) {
        allowance[msg.sender][who] = amount;
        return true;
    }
}

contract Bank {
    address public owner;
    bool public paused;
    bool public shut;
    bool public frozen;
    /** 0 means no limit, as on Aave. */
    uint256 public cap = 100;
    bool public mayRelease = true;
    mapping(bytes32 => mapping(address => bool)) public hasRole;
    mapping(uint256 => uint256) private filler;

    bytes32 constant GUARDIAN = keccak256("GUARDIAN_ROLE");

    constructor(address owner_, address guardian) {
        owner = owner_;
        hasRole[GUARDIAN][guardian] = true;
    }

    modifier guarded() {
        require(hasRole[GUARDIAN][msg.sender], "not a guardian");
        _;
    }

    function pause() external guarded {
        require(!paused, "paused already");
        paused = true;
    }

    function unpause() external {
        require(msg.sender == owner || (mayRelease && hasRole[GUARDIAN][msg.sender]), "not allowed to release");
        require(paused, "not paused");
        paused = false;
    }

    function shutDown() external guarded {
        shut = true;
    }

    /** Writes ten slots first: dearer than the others. */
    function freeze() external guarded {
        for (uint256 i = 1; i <= 10; i++) filler[i] = block.number + i;
        frozen = true;
    }

    /** Succeeds and changes nothing. */
    function pretend() external guarded {}

    function setCap(uint256 cap_) external guarded {
        cap = cap_;
    }

    function onlyOwner() external {
        require(msg.sender == owner, "{not} the owner\\n");
        paused = true;
    }

    function setRole(bytes32 role, address who, bool has) external {
        require(msg.sender == owner, "not the owner");
        hasRole[role][who] = has;
    }

    function setOwner(address owner_) external {
        require(msg.sender == owner, "not the owner");
        owner = owner_;
    }

    function setMayRelease(bool may) external {
        require(msg.sender == owner, "not the owner");
        mayRelease = may;
    }

    function pay(Money money, address to, uint256 amount) external {
        require(msg.sender == owner, "not the owner");
        money.transfer(to, amount);
    }

    function allow(Money money, address who, uint256 amount) external {
        require(msg.sender == owner, "not the owner");
        money.approve(who, amount);
    }
}

/** Stands for a proxy: only its admin slot matters. */
contract Proxy {
    constructor(address admin) {
        assembly { sstore(0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103, admin) }
    }
}

contract ProxyAdmin {
    address public owner;
    constructor(address owner_) { owner = owner_; }
}
`
