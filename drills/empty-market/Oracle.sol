// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice Prices posted by one keeper, in the form that Compound v2 asks for: dollars with 36 decimals less the token's own.
/// The keeper is trusted; the worst it can do is post a wrong price.
contract Oracle {
    bool public constant isPriceOracle = true;
    address public immutable keeper;
    mapping(address => uint256) public getUnderlyingPrice;

    event PricePosted(address indexed cToken, uint256 price);

    constructor() {
        keeper = msg.sender;
    }

    function post(address cToken, uint256 price) external {
        require(msg.sender == keeper, "oracle: keeper only");
        require(price > 0, "oracle: no price");
        getUnderlyingPrice[cToken] = price;
        emit PricePosted(cToken, price);
    }
}
