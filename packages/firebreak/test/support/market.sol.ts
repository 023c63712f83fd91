// Contracts with the holes that the money detectors look for: a wrapper that can be minted from nothing, a router that trusts its caller, a small lending market.
export const marketSource = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Coin {
    uint8 public immutable decimals;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    constructor(uint8 places) { decimals = places; }

    function mint(address to, uint256 amount) public { totalSupply += amount; balanceOf[to] += amount; emit Transfer(address(0), to, amount); }
    function burn(address from, uint256 amount) public { totalSupply -= amount; balanceOf[from] -= amount; emit Transfer(from, address(0), amount); }
    function approve(address spender, uint256 amount) external returns (bool) { allowance[msg.sender][spender] = amount; emit Approval(msg.sender, spender, amount); return true; }
    function transfer(address to, uint256 amount) external returns (bool) { move(msg.sender, to, amount); return true; }
    function transferFrom(address from, address to, uint256 amount) external returns (bool) { allowance[from][msg.sender] -= amount; move(from, to, amount); return true; }
    function move(address from, address to, uint256 amount) private { balanceOf[from] -= amount; balanceOf[to] += amount; emit Transfer(from, to, amount); }
}

/// Wraps a coin of 6 decimals into one of 18, whole for whole. \`conjure\` is the hole.
contract Wrapper {
    Coin public immutable coin;
    Coin public immutable wrapped;
    constructor(Coin coin_) { coin = coin_; wrapped = new Coin(18); }
    function wrap(uint256 amount) external { coin.transferFrom(msg.sender, address(this), amount); wrapped.mint(msg.sender, amount * 1e12); }
    function unwrap(uint256 amount) external { wrapped.burn(msg.sender, amount * 1e12); coin.transfer(msg.sender, amount); }
    function conjure(uint256 amount) external { wrapped.mint(msg.sender, amount); }
}

/// Takes any bytes for a route: whoever calls may name whose coins are moved.
contract Router {
    function swap(Coin coin, uint256 amount, address to) external { coin.transferFrom(msg.sender, to, amount); }
    function route(Coin coin, address[] calldata from, address to, uint256 amount) external { for (uint256 i; i < from.length; i++) coin.transferFrom(from[i], to, amount); }
    /// A contract of the plan that approves whom it is told to.
    function approve(Coin coin, address spender, uint256 amount) external { coin.approve(spender, amount); }
}

/// Books only: what everybody has and owes, at a price that anyone sets.
contract Market {
    uint256 public price = 100;
    uint256 public borrowed;
    mapping(address => uint256) public deposits;
    mapping(address => uint256) public debts;
    event Borrow(address indexed account, uint256 amount);
    function deposit(uint256 amount) external { deposits[msg.sender] += amount; }
    function borrow(uint256 amount) external { debts[msg.sender] += amount; borrowed += amount; emit Borrow(msg.sender, amount); }
    function repay(uint256 amount) external { debts[msg.sender] -= amount; borrowed -= amount; }
    function borrowFor(address account, uint256 has, uint256 owes) external { deposits[account] += has; debts[account] += owes; borrowed += owes; emit Borrow(account, owes); }
    function setPrice(uint256 to) external { price = to; }
    function getUserAccountData(address account) external view returns (uint256 collateral, uint256 debt, uint256 available, uint256 threshold, uint256 ltv, uint256 healthFactor) {
        collateral = deposits[account] * price / 100;
        debt = debts[account];
        threshold = 8000;
        ltv = 7500;
        healthFactor = debt == 0 ? type(uint256).max : collateral * 8000 / 10000 * 1e18 / debt;
    }
}
`
