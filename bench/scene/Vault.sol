// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice A token for benches: whoever asks is given some.
contract BenchToken {
    mapping(address => uint256) public balanceOf;
    uint256 public totalSupply;

    event Transfer(address indexed from, address indexed to, uint256 value);

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
        totalSupply += value;
        emit Transfer(address(0), to, value);
    }

    function transfer(address to, uint256 value) external returns (bool) {
        require(balanceOf[msg.sender] >= value, "token: balance");
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
        return true;
    }
}

/// @notice Holds several tokens behind six brakes. Its withdrawal checks no balance: that is the hole.
contract BenchVault {
    address public immutable guardian;
    address public immutable owner;
    bool[6] private pausedPart;
    mapping(address => uint256) public booked;

    event Paused(uint256 indexed part, bool now_);

    constructor(address guardian_) {
        guardian = guardian_;
        owner = msg.sender;
    }

    function deposit(address token, uint256 amount) external {
        require(!pausedPart[0] && !pausedPart[5], "vault: paused");
        BenchToken(token).mint(address(this), amount);
        booked[token] += amount;
    }

    function withdraw(address token, uint256 amount) external {
        require(!pausedPart[1] && !pausedPart[5], "vault: paused");
        BenchToken(token).transfer(msg.sender, amount);
    }

    function paused(uint256 part) external view returns (bool) {
        return pausedPart[part];
    }

    function pause(uint256 part) external {
        require(msg.sender == guardian || msg.sender == owner, "vault: not the guardian");
        pausedPart[part] = true;
        emit Paused(part, true);
    }

    function release() external {
        require(msg.sender == owner, "vault: not the owner");
        for (uint256 part = 0; part < 6; part++) pausedPart[part] = false;
        emit Paused(0, false);
    }

    function rate(address token) external view returns (uint256) {
        uint256 held = BenchToken(token).balanceOf(address(this));
        return booked[token] == 0 ? 1e18 : (held * 1e18) / booked[token];
    }
}

/// @notice Makes several logs in one transaction, as ordinary traffic does.
contract BenchRouter {
    function route(address[] calldata tokens, address to) external {
        for (uint256 i = 0; i < tokens.length; i++) BenchToken(tokens[i]).mint(to, 1);
    }
}

/// @notice A feed whose price stays.
contract BenchFeed {
    function latestAnswer() external pure returns (int256) {
        return 1e8;
    }
}
