// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IToken {
    function approve(address, uint256) external returns (bool);
}

interface IMarket {
    function balanceOf(address) external view returns (uint256);
    function mint(uint256) external returns (uint256);
    function redeem(uint256) external returns (uint256);
}

interface ILender {
    function flashLoan(address receiver, address token, uint256 amount, bytes calldata data) external returns (bool);
}

/// @notice An honest user of flash loans: supplies to a market and redeems again within one transaction, as refinancing tools
/// do. Rounding may cost it a unit, which it brings along.
contract FlashVisitor {
    function visit(ILender lender, address token, IMarket market, uint256 amount) external {
        lender.flashLoan(address(this), token, amount, abi.encode(market));
    }

    function onFlashLoan(address, address token, uint256 amount, uint256, bytes calldata data) external returns (bytes32) {
        IMarket market = abi.decode(data, (IMarket));
        IToken(token).approve(address(market), amount);
        require(market.mint(amount) == 0, "visitor: mint");
        require(market.redeem(market.balanceOf(address(this))) == 0, "visitor: redeem");
        IToken(token).approve(msg.sender, amount);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
