// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice What an attacker who has read Firebreak's code looks at before it acts: it shows itself only in a block that may be
/// real, and looks harmless in any other. Everything that it compares with was true of the chain's head when it was signed.
abstract contract Disguise {
    struct Stage {
        uint256 number;
        uint256 time;
        bytes32 hash;
        bytes32 randao;
        uint256 gasLimit;
        /// Of the block right after the head, to the wei.
        uint256 baseFee;
        uint256 tip;
        uint256 maxFee;
        uint256 gas;
        /// A builder that the attacker has a deal with; zero for any but the head's.
        address proposer;
        address proposerBefore;
        /// A block that comes late: a slot was missed.
        uint256 notBefore;
    }

    /// Where Firebreak's source says that its Reader stands, and who calls it.
    address private constant READER = 0xC3f85A73D0A3A09F1Cc2Fc74182ff97aC272384A;
    address private constant READER_SENDER = 0x98683ebB82466dFF81963f4526df8f5e4acE750e;

    address private immutable owner = msg.sender;
    /// In the access list of every transaction: warm, unless somebody left the list out.
    uint256 private warm = 1;

    function real(Stage calldata stage) internal view returns (bool) {
        uint256 left = gasleft();
        if (left > stage.gas - 21_000 || left < stage.gas - 90_000) return false;
        uint256 before = gasleft();
        uint256 read = warm;
        if (read != 1 || before - gasleft() > 1_500) return false;
        if (msg.sender != owner || tx.origin != owner || owner.code.length > 0) return false;
        return aBlock(stage) && itsPrices(stage) && itsRandomness(stage) && nobodyReads();
    }

    function aBlock(Stage calldata stage) private view returns (bool) {
        if (block.number <= stage.number || block.number > stage.number + 64) return false;
        if (block.timestamp <= stage.time || block.timestamp > stage.time + 1 hours) return false;
        if (blockhash(stage.number) != stage.hash) return false;
        if (block.timestamp < stage.notBefore) return false;
        if (block.coinbase == address(0)) return false;
        if (stage.proposer != address(0)) return block.coinbase == stage.proposer;
        return stage.proposerBefore == address(0) || block.coinbase != stage.proposerBefore;
    }

    /// A real gas limit moves by a 1024th at most, a real base fee follows from its parent, and real transactions pay a tip.
    function itsPrices(Stage calldata stage) private view returns (bool) {
        uint256 far = block.gaslimit > stage.gasLimit ? block.gaslimit - stage.gasLimit : stage.gasLimit - block.gaslimit;
        if (far > (stage.gasLimit / 1024) * (block.number - stage.number)) return false;
        if (block.number == stage.number + 1 && block.basefee != stage.baseFee) return false;
        uint256 price = block.basefee + stage.tip;
        return block.basefee > 0 && tx.gasprice == (price < stage.maxFee ? price : stage.maxFee);
    }

    function itsRandomness(Stage calldata stage) private view returns (bool) {
        bytes32 randao = bytes32(block.prevrandao);
        return
            randao != 0 &&
            randao != stage.randao &&
            randao != keccak256(abi.encodePacked(stage.randao)) &&
            randao != keccak256(abi.encodePacked(stage.randao, uint256(1)));
    }

    function nobodyReads() private view returns (bool) {
        return READER.code.length == 0 && READER_SENDER.code.length == 0 && READER_SENDER.balance == 0;
    }
}
