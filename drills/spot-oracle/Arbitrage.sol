// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IToken {
    function transfer(address, uint256) external returns (bool);
}

interface IPair {
    function token0() external view returns (address);
    function getReserves() external view returns (uint112, uint112, uint32);
    function swap(uint256, uint256, address, bytes calldata) external;
}

/// @notice An honest user of flash swaps: takes a token where it is cheap, sells it where it is dear, and pays the first pair from
/// the proceeds. Reverts when that does not pay.
contract Arbitrage {
    function run(IPair cheap, IPair dear, address token, uint256 amount) external {
        bool first = cheap.token0() == token;
        cheap.swap(first ? amount : 0, first ? 0 : amount, address(this), abi.encode(cheap, dear, token, amount));
    }

    function uniswapV2Call(address, uint256, uint256, bytes calldata data) external {
        (IPair cheap, IPair dear, address token, uint256 amount) = abi.decode(data, (IPair, IPair, address, uint256));
        (uint256 held, uint256 quoted, bool first, address quote) = sides(dear, token);
        uint256 got = (amount * 997 * quoted) / (held * 1000 + amount * 997);
        IToken(token).transfer(address(dear), amount);
        dear.swap(first ? 0 : got, first ? got : 0, address(this), "");
        (held, quoted, , ) = sides(cheap, token);
        // Reserves are still those from before the flash swap.
        uint256 owed = (quoted * amount * 1000) / ((held - amount) * 997) + 1;
        require(got > owed, "arbitrage: does not pay");
        IToken(quote).transfer(address(cheap), owed);
    }

    function sides(IPair pair, address token) private view returns (uint256 held, uint256 quoted, bool first, address quote) {
        (uint112 reserve0, uint112 reserve1, ) = pair.getReserves();
        first = pair.token0() == token;
        (held, quoted) = first ? (reserve0, reserve1) : (reserve1, reserve0);
        quote = first ? IPairTokens(address(pair)).token1() : pair.token0();
    }
}

interface IPairTokens {
    function token1() external view returns (address);
}
