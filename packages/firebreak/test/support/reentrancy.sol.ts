// Test support: contracts that can be entered again while they are halfway through, and those who do so, honestly or not.
export const reentrancySource = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

interface IReceiver { function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4); }
interface IBorrower { function onFlashLoan(address, address, uint256, uint256, bytes calldata) external returns (bytes32); }

contract Bank {
    mapping(address => uint256) public balanceOf;
    uint256 public total;
    event Moved(address indexed who, uint256 amount);

    function deposit() external payable { balanceOf[msg.sender] += msg.value; total += msg.value; emit Moved(msg.sender, msg.value); }
    function withdraw() external {
        uint256 amount = balanceOf[msg.sender];
        (bool ok, ) = msg.sender.call{value: amount}("");
        require(ok, "refused");
        balanceOf[msg.sender] = 0;
        unchecked { total -= amount; }
        emit Moved(msg.sender, amount);
    }
    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        emit Moved(to, amount);
    }
    /** Worth of a share, wrong while a withdrawal is under way. */
    function price() external view returns (uint256) { return total == 0 ? 0 : (address(this).balance * 1e18) / total; }
    function viaSelf() external { this.transfer(msg.sender, 0); }
}

/** Gives credit against another bank's state. */
contract Sister {
    Bank public immutable bank;
    uint256 public seen;
    event Lent(uint256 price);
    constructor(Bank bank_) { bank = bank_; }
    function borrow() external { seen = bank.price(); emit Lent(seen); }
    function touch() external { seen++; emit Lent(seen); }
}

contract Thief {
    Bank public immutable bank;
    Sister public immutable sister;
    string public way;
    uint256 public left;
    constructor(Bank bank_, Sister sister_) { bank = bank_; sister = sister_; }
    function go(string calldata how, uint256 times) external payable {
        way = how;
        left = times;
        bank.deposit{value: msg.value}();
        bank.withdraw();
    }
    receive() external payable {
        if (left == 0) return;
        left--;
        bytes32 how = keccak256(bytes(way));
        if (how == keccak256("classic")) bank.withdraw();
        if (how == keccak256("function")) bank.transfer(address(this), 0);
        if (how == keccak256("contract")) sister.touch();
        if (how == keccak256("read")) sister.borrow();
        if (how == keccak256("look")) bank.price();
        if (how == keccak256("refused")) { (bool ok, ) = address(bank).call(abi.encodeCall(Bank.transfer, (address(this), 100 ether))); ok; }
    }
}

/** Hands out things with the receiver's own code in between, before it has written down that they are gone. */
contract Shop {
    uint256 public sold;
    event Sold(address to);
    function buy(address to) external {
        if (to.code.length > 0) IReceiver(to).onERC721Received(msg.sender, address(0), sold, "");
        sold++;
        emit Sold(to);
    }
}
contract Collector {
    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) { return IReceiver.onERC721Received.selector; }
}
contract Greedy {
    Shop public immutable shop;
    bool again = true;
    constructor(Shop shop_) { shop = shop_; }
    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        if (again) { again = false; shop.buy(address(this)); }
        return IReceiver.onERC721Received.selector;
    }
}

/** Lends and is paid back within the callback, by a function of its own. */
contract Lender {
    bool lending;
    event Repaid(uint256 amount);
    receive() external payable {}
    function flashLoan(address to, uint256 amount) external {
        uint256 before = address(this).balance;
        payable(to).transfer(amount);
        IBorrower(to).onFlashLoan(msg.sender, address(0), amount, 0, "");
        require(address(this).balance >= before, "not repaid");
    }
    function repay() external payable { emit Repaid(msg.value); }
}
contract Borrower {
    receive() external payable {}
    function onFlashLoan(address, address, uint256 amount, uint256, bytes calldata) external returns (bytes32) {
        Lender(payable(msg.sender)).repay{value: amount}();
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

/** Calls whatever it is told, one after the other. */
contract Router {
    function multicall(address[] calldata to, bytes[] calldata data) external payable {
        for (uint256 i; i < to.length; i++) { (bool ok, ) = to[i].call(data[i]); require(ok, "refused"); }
    }
    receive() external payable {}
}

/** A proxy without anything but the one thing that matters here. */
contract Proxy {
    address immutable code;
    constructor(address code_) { code = code_; }
    fallback() external payable {
        address target = code;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), target, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok case 0 { revert(0, returndatasize()) } default { return(0, returndatasize()) }
        }
    }
}
`
