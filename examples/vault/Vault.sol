// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// A dollar for the example.
contract Coin {
    uint8 public constant decimals = 6;
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(uint256 amount) {
        balanceOf[msg.sender] = amount;
        emit Transfer(address(0), msg.sender, amount);
    }

    function transfer(address to, uint256 value) external returns (bool) {
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
        return true;
    }
}

/// A contract as teams have them: it keeps people's money, a guardian can pause it, the owner can unpause it.
/// And it has a hole, which is not known yet.
contract Vault {
    Coin public immutable coin;
    address public immutable owner;
    address public immutable guardian;
    bool public paused;
    mapping(address => uint256) public credit;
    uint256 public totalCredit;

    constructor(Coin coin_, address guardian_) {
        coin = coin_;
        owner = msg.sender;
        guardian = guardian_;
    }

    /// What the vault holds. Depositors are owed `totalCredit`.
    function totalAssets() external view returns (uint256) {
        return coin.balanceOf(address(this));
    }

    /// Books what was transferred beforehand.
    function deposit(uint256 amount) external {
        require(!paused, "paused");
        require(coin.balanceOf(address(this)) >= totalCredit + amount, "transfer first");
        credit[msg.sender] += amount;
        totalCredit += amount;
    }

    function withdraw(uint256 amount) external {
        require(!paused, "paused");
        credit[msg.sender] -= amount;
        totalCredit -= amount;
        coin.transfer(msg.sender, amount);
    }

    /// The hole: meant for the owner, and nobody checks.
    function sweep(address to, uint256 amount) external {
        require(!paused, "paused");
        coin.transfer(to, amount);
    }

    function pause() external {
        require(msg.sender == guardian || msg.sender == owner, "neither guardian nor owner");
        paused = true;
    }

    function unpause() external {
        require(msg.sender == owner, "not the owner");
        paused = false;
    }
}
