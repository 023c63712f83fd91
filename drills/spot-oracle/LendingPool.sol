// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IToken {
    function transfer(address, uint256) external returns (bool);
    function transferFrom(address, address, uint256) external returns (bool);
}

interface IPriceSource {
    /// @return Dollars of one whole token, with 18 decimals.
    function price() external view returns (uint256);
}

interface IRateModel {
    /// @return Interest per second on one unit of debt, with 18 decimals.
    function ratePerSecond(uint256 cash, uint256 debt) external view returns (uint256);
}

/// @notice Over-collateralised lending of a few listed assets; whatever is deposited earns interest and counts as collateral.
/// @dev Trusts: the owner with everything, the guardian with taking freedom away (it can pause, freeze and lower a factor, never
/// the reverse), and each asset's price source without question. The worst damage is that a wrong price lends out all cash.
contract LendingPool {
    struct Asset {
        bool listed;
        bool depositsPaused;
        bool borrowsFrozen;
        uint8 decimals;
        uint16 collateralFactor;
        uint16 liquidationThreshold;
        uint64 accruedAt;
        IPriceSource source;
        IRateModel rates;
        uint256 cash;
        uint256 debt;
        uint256 supplyShares;
        uint256 debtShares;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant CLOSE_FACTOR = 5_000;
    uint256 private constant LIQUIDATION_BONUS = 10_800;

    address public immutable owner;
    address public guardian;
    bool public borrowsPaused;
    bool public withdrawalsPaused;
    bool public liquidationsPaused;
    address[] public listed;
    mapping(address => Asset) private assets;
    mapping(address => mapping(address => uint256)) private supplySharesOf;
    mapping(address => mapping(address => uint256)) private debtSharesOf;

    event Deposit(address indexed token, address indexed user, uint256 amount);
    event Withdraw(address indexed token, address indexed user, uint256 amount);
    event Borrow(address indexed token, address indexed user, uint256 amount);
    event Repay(address indexed token, address indexed user, uint256 amount);
    event Liquidate(address indexed borrower, address indexed liquidator, address debtToken, uint256 repaid, address collateralToken, uint256 seized);
    event Changed(string what, address indexed token, uint256 value);

    modifier onlyOwner() {
        require(msg.sender == owner, "pool: owner only");
        _;
    }

    /// The guardian may restrict; only the owner may do so and also give freedom back.
    modifier restricting(bool restricts) {
        require(msg.sender == owner || (msg.sender == guardian && restricts), "pool: not allowed");
        _;
    }

    constructor(address guardian_) {
        owner = msg.sender;
        guardian = guardian_;
    }

    // ---- governance ----

    function list(address token, uint8 decimals, uint16 factor, uint16 threshold, IPriceSource source, IRateModel rates) external onlyOwner {
        require(!assets[token].listed && factor <= threshold && threshold < BPS, "pool: bad listing");
        Asset storage a = assets[token];
        (a.listed, a.decimals, a.collateralFactor, a.liquidationThreshold) = (true, decimals, factor, threshold);
        (a.source, a.rates, a.accruedAt) = (source, rates, uint64(block.timestamp));
        listed.push(token);
    }

    function setSource(address token, IPriceSource source) external onlyOwner {
        assets[token].source = source;
        emit Changed("source", token, 0);
    }

    function setRates(address token, IRateModel rates) external onlyOwner {
        accrue(token);
        assets[token].rates = rates;
        emit Changed("rates", token, 0);
    }

    // ---- levers ----

    function setDepositsPaused(address token, bool paused) external restricting(paused) {
        assets[token].depositsPaused = paused;
        emit Changed("depositsPaused", token, paused ? 1 : 0);
    }

    function setBorrowsFrozen(address token, bool frozen) external restricting(frozen) {
        assets[token].borrowsFrozen = frozen;
        emit Changed("borrowsFrozen", token, frozen ? 1 : 0);
    }

    function setBorrowsPaused(bool paused) external restricting(paused) {
        borrowsPaused = paused;
        emit Changed("borrowsPaused", address(0), paused ? 1 : 0);
    }

    function setWithdrawalsPaused(bool paused) external restricting(paused) {
        withdrawalsPaused = paused;
        emit Changed("withdrawalsPaused", address(0), paused ? 1 : 0);
    }

    function setLiquidationsPaused(bool paused) external restricting(paused) {
        liquidationsPaused = paused;
        emit Changed("liquidationsPaused", address(0), paused ? 1 : 0);
    }

    /// Limits new loans only: the threshold, and so who can be liquidated, stays.
    function setCollateralFactor(address token, uint16 factor) external restricting(factor <= assets[token].collateralFactor) {
        require(factor <= assets[token].liquidationThreshold, "pool: above threshold");
        assets[token].collateralFactor = factor;
        emit Changed("collateralFactor", token, factor);
    }

    // ---- users ----

    function deposit(address token, uint256 amount) external {
        Asset storage a = accrue(token);
        require(!a.depositsPaused, "pool: deposits are paused");
        uint256 shares = (amount * (a.supplyShares + 1)) / (a.cash + a.debt + 1);
        require(shares > 0, "pool: too little");
        a.cash += amount;
        a.supplyShares += shares;
        supplySharesOf[token][msg.sender] += shares;
        require(IToken(token).transferFrom(msg.sender, address(this), amount), "pool: transfer");
        emit Deposit(token, msg.sender, amount);
    }

    function withdraw(address token, uint256 amount) external {
        require(!withdrawalsPaused, "pool: withdrawals are paused");
        Asset storage a = accrue(token);
        takeShares(a, token, msg.sender, amount);
        a.cash -= amount;
        (uint256 power, , uint256 debts) = account(msg.sender);
        require(debts <= power, "pool: still needed as collateral");
        require(IToken(token).transfer(msg.sender, amount), "pool: transfer");
        emit Withdraw(token, msg.sender, amount);
    }

    function borrow(address token, uint256 amount) external {
        Asset storage a = accrue(token);
        require(!borrowsPaused && !a.borrowsFrozen, "pool: borrowing is paused");
        require(amount <= a.cash, "pool: not enough cash");
        uint256 shares = a.debt == 0 ? amount : (amount * a.debtShares + a.debt - 1) / a.debt;
        (a.cash, a.debt, a.debtShares) = (a.cash - amount, a.debt + amount, a.debtShares + shares);
        debtSharesOf[token][msg.sender] += shares;
        (uint256 power, , uint256 debts) = account(msg.sender);
        require(debts <= power, "pool: not enough collateral");
        require(IToken(token).transfer(msg.sender, amount), "pool: transfer");
        emit Borrow(token, msg.sender, amount);
    }

    function repay(address token, uint256 amount) external {
        payDebt(accrue(token), token, msg.sender, amount);
        emit Repay(token, msg.sender, amount);
    }

    /// Anyone may repay up to half of an unhealthy account's debt for its collateral and a bonus.
    function liquidate(address borrower, address debtToken, uint256 amount, address collateralToken) external {
        require(!liquidationsPaused, "pool: liquidations are paused");
        Asset storage a = accrue(debtToken);
        Asset storage c = accrue(collateralToken);
        (, uint256 limit, uint256 debts) = account(borrower);
        require(debts > limit, "pool: healthy");
        require(amount * BPS <= debtOf(borrower, debtToken) * CLOSE_FACTOR, "pool: too much at once");
        payDebt(a, debtToken, borrower, amount);
        uint256 dollars = (amount * a.source.price()) / 10 ** a.decimals;
        uint256 seized = (dollars * LIQUIDATION_BONUS * 10 ** c.decimals) / (BPS * c.source.price());
        takeShares(c, collateralToken, borrower, seized);
        c.cash -= seized;
        require(IToken(collateralToken).transfer(msg.sender, seized), "pool: transfer");
        emit Liquidate(borrower, msg.sender, debtToken, amount, collateralToken, seized);
    }

    // ---- views ----

    /// Dollars with 18 decimals: what may be borrowed, above what debt comes liquidation, and the debt.
    function account(address user) public view returns (uint256 power, uint256 limit, uint256 debts) {
        for (uint256 i = 0; i < listed.length; i++) {
            Asset storage a = assets[listed[i]];
            uint256 has = suppliedBy(user, listed[i]);
            uint256 owes = debtOf(user, listed[i]);
            if (has + owes == 0) continue;
            uint256 price = a.source.price();
            uint256 worth = (has * price) / 10 ** a.decimals;
            power += (worth * a.collateralFactor) / BPS;
            limit += (worth * a.liquidationThreshold) / BPS;
            debts += (owes * price) / 10 ** a.decimals;
        }
    }

    function suppliedBy(address user, address token) public view returns (uint256) {
        Asset storage a = assets[token];
        return (supplySharesOf[token][user] * (a.cash + a.debt + 1)) / (a.supplyShares + 1);
    }

    function debtOf(address user, address token) public view returns (uint256) {
        Asset storage a = assets[token];
        return a.debtShares == 0 ? 0 : (debtSharesOf[token][user] * a.debt + a.debtShares - 1) / a.debtShares;
    }

    function priceOf(address token) external view returns (uint256) {
        return assets[token].source.price();
    }

    function cashOf(address token) external view returns (uint256) {
        return assets[token].cash;
    }

    function totalDebt(address token) external view returns (uint256) {
        return assets[token].debt;
    }

    function collateralFactor(address token) external view returns (uint256) {
        return assets[token].collateralFactor;
    }

    function depositsPaused(address token) external view returns (bool) {
        return assets[token].depositsPaused;
    }

    function borrowsFrozen(address token) external view returns (bool) {
        return assets[token].borrowsFrozen;
    }

    // ---- inside ----

    function accrue(address token) private returns (Asset storage a) {
        a = assets[token];
        require(a.listed, "pool: not listed");
        uint256 elapsed = block.timestamp - a.accruedAt;
        if (elapsed > 0 && a.debt > 0) a.debt += (a.debt * a.rates.ratePerSecond(a.cash, a.debt) * elapsed) / 1e18;
        a.accruedAt = uint64(block.timestamp);
    }

    /// Rounded up, against who takes.
    function takeShares(Asset storage a, address token, address user, uint256 amount) private {
        uint256 shares = (amount * (a.supplyShares + 1) + a.cash + a.debt) / (a.cash + a.debt + 1);
        require(shares <= supplySharesOf[token][user] && amount <= a.cash, "pool: not that much");
        supplySharesOf[token][user] -= shares;
        a.supplyShares -= shares;
    }

    function payDebt(Asset storage a, address token, address user, uint256 amount) private {
        uint256 owed = debtOf(user, token);
        require(amount <= owed, "pool: more than is owed");
        uint256 shares = amount == owed ? debtSharesOf[token][user] : (amount * a.debtShares) / a.debt;
        debtSharesOf[token][user] -= shares;
        a.debtShares -= shares;
        a.debt -= amount < a.debt ? amount : a.debt;
        a.cash += amount;
        require(IToken(token).transferFrom(msg.sender, address(this), amount), "pool: transfer");
    }
}
