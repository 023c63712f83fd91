// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Understudy: plays the part of a timelock or governor whose proposal is tried before it can pass
/// @notice Never deployed. Firebreak lends this code to the executor of a proposal for the length of one simulated block,
/// and the executor's own code to the address `ORIGINAL`. Nobody can call it on a chain.
///
/// Why it is faithful: it runs at the executor's own address, so that every target sees the real sender, with the
/// executor's own storage and coins. Everything that a target asks back of the executor, its own functions included, is
/// answered by its own code, on its own storage: by a delegate call to where that code lies. What differs can be told
/// only by who looks at the executor's code itself.
///
/// Trust: the calls are hostile. Worst damage: a simulation that says nothing.
contract Understudy {
    struct Call {
        address target;
        uint256 value;
        bytes data;
        /// A call that the executor makes only as part of a ceremony that is not played: it may fail.
        bool mayFail;
    }

    /// @dev Stands for an address that is drawn anew in each process, and is replaced in the code before it is lent.
    address private constant ORIGINAL = 0x1111111111111111111111111111111111111111;
    /// @dev The same for what calldata begins with when the part is to be played: nobody else knows it.
    bytes32 private constant CUE = 0x2222222222222222222222222222222222222222222222222222222222222222;

    fallback() external payable {
        if (msg.data.length > 32 && bytes32(msg.data[:32]) == CUE) play(abi.decode(msg.data[32:], (Call[])));
        else asOriginal();
    }

    receive() external payable {
        asOriginal();
    }

    function play(Call[] memory calls) private {
        for (uint256 i = 0; i < calls.length; i++) {
            (bool ok, bytes memory said) = calls[i].target.call{value: calls[i].value}(calls[i].data);
            if (ok || calls[i].mayFail) continue;
            assembly {
                revert(add(said, 32), mload(said))
            }
        }
    }

    function asOriginal() private {
        (bool ok, bytes memory said) = ORIGINAL.delegatecall(msg.data);
        assembly {
            switch ok
            case 0 {
                revert(add(said, 32), mload(said))
            }
            default {
                return(add(said, 32), mload(said))
            }
        }
    }
}
