// The contracts of the whole-path tests: a vault with a hole that anyone can drain through, and the token that it holds.

export const vaultSource = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Coin {
    uint8 public immutable decimals;
    mapping(address => uint256) public balanceOf;
    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(uint8 decimals_, address holder, uint256 amount) {
        decimals = decimals_;
        balanceOf[holder] = amount;
        emit Transfer(address(0), holder, amount);
    }

    function transfer(address to, uint256 value) external returns (bool) {
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
        return true;
    }
}

contract Vault {
    Coin public coin;
    address public guardian;
    address public owner;
    bool public paused;

    constructor(address guardian_, address owner_) {
        guardian = guardian_;
        owner = owner_;
    }

    function fill(Coin coin_) external {
        require(address(coin) == address(0), "filled");
        coin = coin_;
    }

    /** The hole: no check of who asks. */
    function exploit(uint256 amount) external {
        require(!paused, "paused");
        coin.transfer(msg.sender, amount);
    }

    /** What an attacker writes into a node's answers. */
    function shout() external pure {
        revert("oops {\\n}\\"]\\n{\\"jsonrpc\\":\\"2.0\\"}\\u202e");
    }

    function pause() external {
        require(msg.sender == guardian || msg.sender == owner, "not allowed");
        require(!paused, "paused already");
        paused = true;
    }

    function unpause() external {
        require(msg.sender == owner, "not the owner");
        paused = false;
    }

    /** Owner's business that has nothing to do with the brake. */
    function greet() external {}
}
`
