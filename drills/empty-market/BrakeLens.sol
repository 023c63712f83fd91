// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IComptroller {
    function getAllMarkets() external view returns (address[] memory);
    function mintGuardianPaused(address) external view returns (bool);
    function borrowGuardianPaused(address) external view returns (bool);
}

/// @notice Answers in one read whether a brake over all markets holds. Has no powers and keeps nothing.
contract BrakeLens {
    IComptroller public immutable comptroller;

    constructor(IComptroller comptroller_) {
        comptroller = comptroller_;
    }

    function allBorrowsPaused() external view returns (bool) {
        address[] memory markets = comptroller.getAllMarkets();
        for (uint256 i = 0; i < markets.length; i++) if (!comptroller.borrowGuardianPaused(markets[i])) return false;
        return true;
    }

    function allMintsPaused() external view returns (bool) {
        address[] memory markets = comptroller.getAllMarkets();
        for (uint256 i = 0; i < markets.length; i++) if (!comptroller.mintGuardianPaused(markets[i])) return false;
        return true;
    }
}
