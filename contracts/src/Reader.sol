// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Reader: many views in one call, none of which can spoil the others
/// @notice Never deployed. Firebreak lends this code to an unused address for the length of one `eth_call` or one
/// simulated block, so it holds nothing, owns nothing and nobody can call it on a chain.
///
/// Trust: the targets are hostile. Each view runs in a STATICCALL of its own, with a cap on its gas and on how much of
/// what it gives back is copied. Worst damage of a hostile target: its own answer is missing, and it uses up its share
/// of the gas and whatever earlier views left over; every later view still has at least its own share.
contract Reader {
    struct Request {
        address target;
        uint32 gasCap;
        bytes data;
    }

    struct Outcome {
        bool ok;
        bytes data;
    }

    /// @dev Given as the answer's data when a view gave back more than is copied: half an answer is none.
    error TooLarge(uint256 size);
    /// @dev Given when a view failed and said nothing. Empty data is kept for one meaning: there is no code.
    error FailedSilently();

    uint256 private constant ANSWER_CAP = 16_384;
    uint256 private constant REASON_CAP = 1_024;
    /// @dev Memory costs the square of its size: where there are more than 64 requests, each may answer less.
    uint256 private constant TOTAL_CAP = 1_048_576;

    /// @notice The coins of an account, as a view like any other.
    function coinBalance(address account) external view returns (uint256) {
        return account.balance;
    }

    /// @notice Carries out all requests in order. A target without code gives `(false, "")`.
    function readAll(Request[] calldata requests) external view returns (Outcome[] memory) {
        uint256 count = requests.length;
        // The ABI encoding of the outcomes is written in place, so that no large answer is ever copied twice.
        uint256 start;
        assembly ("memory-safe") {
            start := mload(0x40)
            mstore(start, 0x20)
            mstore(add(start, 0x20), count)
        }
        uint256 heads = start + 0x40;
        uint256 next = heads + 0x20 * count;
        uint256 share = count == 0 ? 0 : gasleft() / count;
        uint256 answerCap = count == 0 ? 0 : TOTAL_CAP / count;
        if (answerCap > ANSWER_CAP) answerCap = ANSWER_CAP;

        for (uint256 i = 0; i < count; ++i) {
            Request calldata request = requests[i];
            uint256 limit = _limit(request.gasCap, share * (count - 1 - i));
            assembly ("memory-safe") {
                mstore(add(heads, mul(0x20, i)), sub(next, heads))
            }
            next = _read(request.target, limit, request.data, next, answerCap);
        }

        assembly ("memory-safe") {
            return(start, sub(next, start))
        }
    }

    /// @dev At most the cap, and at most 3/4 of what is left after every later view's share: the rest pays for the copy.
    function _limit(uint256 cap, uint256 kept) private view returns (uint256) {
        uint256 left = gasleft();
        uint256 room = left > kept ? ((left - kept) * 3) / 4 : 0;
        return cap < room ? cap : room;
    }

    /// @dev Makes one view and writes its `(bool, bytes)` at `at`; gives the first free byte behind it.
    function _read(address target, uint256 limit, bytes calldata data, uint256 at, uint256 answerCap)
        private
        view
        returns (uint256 end)
    {
        bool ok;
        uint256 size;
        assembly ("memory-safe") {
            // The calldata lies where the outcome will be written: it is not needed any more by then.
            calldatacopy(at, data.offset, data.length)
            ok := staticcall(limit, target, at, data.length, 0, 0)
            size := returndatasize()
        }

        bytes4 instead = 0;
        uint256 copied = size;
        if (size == 0) {
            if (target.code.length == 0) ok = false;
            else if (!ok) instead = FailedSilently.selector;
        } else if (ok) {
            if (size > answerCap) instead = TooLarge.selector;
        } else if (size > REASON_CAP) {
            copied = REASON_CAP;
        }

        if (instead != 0) {
            ok = false;
            copied = instead == TooLarge.selector ? 0x24 : 0x04;
        }
        assembly ("memory-safe") {
            mstore(at, ok)
            mstore(add(at, 0x20), 0x40)
            mstore(add(at, 0x40), copied)
            let body := add(at, 0x60)
            switch instead
            case 0 { returndatacopy(body, 0, copied) }
            default {
                mstore(body, instead)
                mstore(add(body, 0x04), size)
            }
            // The padding of the last word has to be zero.
            mstore(add(body, copied), 0)
            end := add(body, and(add(copied, 0x1f), not(0x1f)))
        }
    }
}
