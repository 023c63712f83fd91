// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IPriceSource {
    function price() external view returns (uint256);
}

interface IPair {
    function token0() external view returns (address);
    function getReserves() external view returns (uint112, uint112, uint32);
}

/// @notice A price that one keeper posts, in dollars of a whole token with 18 decimals. The worst the keeper can do is post a wrong one.
contract Feed is IPriceSource {
    address public immutable keeper;
    uint256 public price;
    uint256 public updatedAt;

    event Posted(uint256 price);

    constructor(uint256 first) {
        keeper = msg.sender;
        (price, updatedAt) = (first, block.timestamp);
    }

    function post(uint256 next) external {
        require(msg.sender == keeper && next > 0, "feed: keeper only");
        (price, updatedAt) = (next, block.timestamp);
        emit Posted(next);
    }
}

/// @notice The spot price of a Uniswap v2 pair: what the last trade left, which anybody with enough money for one transaction can move.
contract PairSource is IPriceSource {
    IPair public immutable pair;
    bool private immutable tokenFirst;
    uint8 private immutable decimals;
    uint8 private immutable quoteDecimals;
    IPriceSource private immutable quote;

    constructor(IPair pair_, address token, uint8 decimals_, uint8 quoteDecimals_, IPriceSource quote_) {
        (pair, quote, decimals, quoteDecimals) = (pair_, quote_, decimals_, quoteDecimals_);
        tokenFirst = pair_.token0() == token;
    }

    function price() external view returns (uint256) {
        (uint112 reserve0, uint112 reserve1, ) = pair.getReserves();
        (uint256 held, uint256 quoted) = tokenFirst ? (reserve0, reserve1) : (reserve1, reserve0);
        return (quoted * quote.price() * 10 ** decimals) / (held * 10 ** quoteDecimals);
    }
}

/// @notice Linear in utilisation; yearly rates in parts of ten thousand.
contract RateModel {
    uint256 public immutable base;
    uint256 public immutable slope;

    constructor(uint256 base_, uint256 slope_) {
        (base, slope) = (base_, slope_);
    }

    function ratePerSecond(uint256 cash, uint256 debt) external view returns (uint256) {
        uint256 used = debt == 0 ? 0 : (debt * 1e18) / (cash + debt);
        return (base * 1e18 + slope * used) / (10_000 * 365 days);
    }
}
