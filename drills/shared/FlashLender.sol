// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IToken {
    function balanceOf(address) external view returns (uint256);
    function transfer(address, uint256) external returns (bool);
    function transferFrom(address, address, uint256) external returns (bool);
}

interface IFlashBorrower {
    function onFlashLoan(address initiator, address token, uint256 amount, uint256 fee, bytes calldata data) external returns (bytes32);
}

/// @notice ERC-3156 flash loans of whatever it holds, without a fee. A loan that does not come back reverts as a whole.
contract FlashLender {
    bytes32 private constant DONE = keccak256("ERC3156FlashBorrower.onFlashLoan");

    event FlashLoan(address indexed receiver, address indexed token, uint256 amount);

    function maxFlashLoan(address token) external view returns (uint256) {
        return IToken(token).balanceOf(address(this));
    }

    function flashFee(address, uint256) external pure returns (uint256) {
        return 0;
    }

    function flashLoan(IFlashBorrower receiver, address token, uint256 amount, bytes calldata data) external returns (bool) {
        require(IToken(token).transfer(address(receiver), amount), "lender: transfer");
        require(receiver.onFlashLoan(msg.sender, token, amount, 0, data) == DONE, "lender: callback");
        require(IToken(token).transferFrom(address(receiver), address(this), amount), "lender: not repaid");
        emit FlashLoan(address(receiver), token, amount);
        return true;
    }
}
