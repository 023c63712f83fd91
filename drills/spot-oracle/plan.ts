// The plan of a lending team: one pool, five assets, a guardian that can only take freedom away, and brakes from narrow to wide.
import { asset, atMost, definePlan, env, evm, feed, flashLoan, invariant, key, oracle, outflow, type Address } from 'firebreak'
import { erc20Abi, pairAbi, poolAbi, sourceAbi } from './abi.ts'
import { outflow as bound, priceStep } from './bounds.ts'

interface Listed {
  readonly token: Address
  readonly decimals: number
}

export interface Deployment {
  readonly chainId: number
  readonly pool: Address
  readonly guardian: Address
  readonly pairs: { readonly thin: Address; readonly deep: Address }
  readonly spot: Address
  readonly assets: Readonly<Record<'usdc' | 'weth' | 'wbtc' | 'dai', Listed & { readonly feed: Address }>>
  readonly reef: Listed
}

export default ({ assets, reef, ...at }: Deployment) => {
  const chain = evm('local', { id: at.chainId, rpc: env('DRILL_RPC') })
  const pool = chain.at(at.pool, poolAbi)
  const spot = chain.at(at.spot, sourceAbi)
  const thin = chain.at(at.pairs.thin, pairAbi)
  const deep = chain.at(at.pairs.deep, pairAbi)
  const token = (listed: Listed) => chain.at(listed.token, erc20Abi)

  const coin = (listed: Listed) =>
    asset({
      token: token(listed),
      decimals: listed.decimals,
      price: feed(pool.read.priceOf(listed.token), { decimals: 18 }),
      heldBy: [pool],
    })
  const drain = (name: string) => outflow({ from: pool, asset: name, window: bound.window, above: bound.above })
  const jump = (listed: Listed) => oracle({ feed: pool.read.priceOf(listed.token), decimals: 18, step: priceStep.step })
  const booked = (listed: Listed) =>
    invariant({ cash: pool.read.cashOf(listed.token), held: token(listed).read.balanceOf(pool.address) }, ({ cash, held }) => cash <= held)
  const freeze = (listed: Listed) => ({
    call: pool.write.setBorrowsFrozen(listed.token, true),
    holds: pool.read.borrowsFrozen(listed.token),
  })

  return definePlan({
    name: 'lending-on-a-spot-price',
    // Against an attacker who keeps the targets out of sight, what could not be tested asks for more room.
    bounds: { untested: 'widen' },
    contracts: { pool, spot, thin },
    assets: { usdc: coin(assets.usdc), weth: coin(assets.weth), wbtc: coin(assets.wbtc), dai: coin(assets.dai), reef: coin(reef) },
    watch: {
      usdcDrain: drain('usdc'),
      wethDrain: drain('weth'),
      wbtcDrain: drain('wbtc'),
      daiDrain: drain('dai'),
      usdcBooked: booked(assets.usdc),
      wethBooked: booked(assets.weth),
      wbtcBooked: booked(assets.wbtc),
      daiBooked: booked(assets.dai),
      wethPrice: jump(assets.weth),
      wbtcPrice: jump(assets.wbtc),
      reefPrice: jump(reef),
      flash: flashLoan({ on: [thin, deep], kind: 'uniswap-v2' }),
    },
    authorities: { guardian: key({ address: at.guardian, signer: env('GUARDIAN_KEY'), chain }) },
    brakes: {
      pauseReefDeposits: {
        call: pool.write.setDepositsPaused(reef.token, true),
        holds: pool.read.depositsPaused(reef.token),
        by: 'guardian',
        falsePauseCosts: '$100/h',
      },
      lowerReefFactor: {
        call: pool.write.setCollateralFactor(reef.token, 0),
        holds: atMost(pool.read.collateralFactor(reef.token), 0n),
        lever: { read: pool.read.collateralFactor(reef.token), restrictsWhen: 'lower' },
        by: 'guardian',
        falsePauseCosts: '$300/h',
      },
      freezeUsdc: { ...freeze(assets.usdc), by: 'guardian', falsePauseCosts: '$700/h' },
      freezeWeth: { ...freeze(assets.weth), by: 'guardian', falsePauseCosts: '$500/h' },
      freezeWbtc: { ...freeze(assets.wbtc), by: 'guardian', falsePauseCosts: '$350/h' },
      freezeDai: { ...freeze(assets.dai), by: 'guardian', falsePauseCosts: '$450/h' },
      pauseBorrows: {
        call: pool.write.setBorrowsPaused(true),
        holds: pool.read.borrowsPaused(),
        by: 'guardian',
        falsePauseCosts: '$2500/h',
      },
      pauseLiquidations: {
        call: pool.write.setLiquidationsPaused(true),
        holds: pool.read.liquidationsPaused(),
        by: 'guardian',
        falsePauseCosts: '$4000/h',
      },
      pauseWithdrawals: {
        call: pool.write.setWithdrawalsPaused(true),
        holds: pool.read.withdrawalsPaused(),
        by: 'guardian',
        falsePauseCosts: '$6000/h',
      },
    },
    respond: (on) => [
      on('usdcDrain', 'wethDrain', 'wbtcDrain', 'daiDrain', 'usdcBooked', 'wethBooked', 'wbtcBooked', 'daiBooked', 'flash')
        // Where nothing can be proven, all borrowing stops first.
        .pull(
          'pauseBorrows',
          'pauseReefDeposits',
          'lowerReefFactor',
          'freezeWbtc',
          'freezeDai',
          'freezeWeth',
          'freezeUsdc',
          'pauseLiquidations',
          'pauseWithdrawals',
        )
        .automatically({ atMost: '4/day' }),
      on('wethPrice', 'wbtcPrice', 'reefPrice').propose('lowerReefFactor', 'pauseBorrows').to('guardian'),
    ],
  })
}
