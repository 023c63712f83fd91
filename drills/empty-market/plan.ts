// The plan of a Compound v2 team: five markets, one pause guardian that can pause and not unpause, and brakes from narrow to wide.
import { asset, definePlan, env, evm, feed, flashLoan, invariant, key, oracle, outflow, sharePrice, type Address } from 'firebreak'
import { comptrollerAbi, cTokenAbi, erc20Abi, lenderAbi, lensAbi, oracleAbi } from './abi.ts'
import { outflow as bound, priceStep, sharePrice as rate } from './bounds.ts'

interface Listed {
  readonly token: Address
  readonly cToken: Address
  readonly decimals: number
}

export interface Deployment {
  readonly chainId: number
  readonly comptroller: Address
  readonly oracle: Address
  readonly lens: Address
  readonly lender: Address
  readonly guardian: Address
  readonly markets: Readonly<Record<'usdc' | 'weth' | 'wbtc' | 'dai', Listed>>
  readonly listing: Listed
}

export default ({ markets, listing, ...at }: Deployment) => {
  const chain = evm('local', { id: at.chainId, rpc: env('DRILL_RPC') })
  const comptroller = chain.at(at.comptroller, comptrollerAbi)
  const prices = chain.at(at.oracle, oracleAbi)
  const lens = chain.at(at.lens, lensAbi)
  const lender = chain.at(at.lender, lenderAbi)
  const cUsdc = chain.at(markets.usdc.cToken, cTokenAbi)
  const cWeth = chain.at(markets.weth.cToken, cTokenAbi)
  const cWbtc = chain.at(markets.wbtc.cToken, cTokenAbi)
  const cDai = chain.at(markets.dai.cToken, cTokenAbi)
  const cKelp = chain.at(listing.cToken, cTokenAbi)

  const priceOf = (cToken: Address) => prices.read.getUnderlyingPrice(cToken)
  const coin = (market: Listed, heldBy: typeof cUsdc) =>
    asset({
      token: chain.at(market.token, erc20Abi),
      decimals: market.decimals,
      price: feed(priceOf(market.cToken), { decimals: 36 - market.decimals }),
      heldBy: [heldBy],
    })
  const drain = (from: typeof cUsdc, name: string) => outflow({ from, asset: name, window: bound.window, above: bound.above })
  const jump = (market: Listed) => oracle({ feed: priceOf(market.cToken), decimals: 36 - market.decimals, step: priceStep.step })
  const mints = (cToken: Address) => comptroller.write._setMintPaused(cToken, true)
  const borrows = (cToken: Address) => comptroller.write._setBorrowPaused(cToken, true)

  return definePlan({
    name: 'compound-with-a-new-market',
    // Against an attacker who keeps the targets out of sight, what could not be tested asks for more room.
    bounds: { untested: 'widen' },
    contracts: { comptroller, prices, lens, cUsdc, cWeth, cWbtc, cDai, cKelp },
    assets: {
      usdc: coin(markets.usdc, cUsdc),
      weth: coin(markets.weth, cWeth),
      wbtc: coin(markets.wbtc, cWbtc),
      dai: coin(markets.dai, cDai),
      kelp: coin(listing, cKelp),
    },
    watch: {
      usdcDrain: drain(cUsdc, 'usdc'),
      wethDrain: drain(cWeth, 'weth'),
      wbtcDrain: drain(cWbtc, 'wbtc'),
      daiDrain: drain(cDai, 'dai'),
      usdcShare: sharePrice({ of: { rate: cUsdc.read.exchangeRateStored(), shares: cUsdc.read.totalSupply() }, maxStep: rate.maxStep }),
      wethShare: sharePrice({ of: { rate: cWeth.read.exchangeRateStored(), shares: cWeth.read.totalSupply() }, maxStep: rate.maxStep }),
      wbtcShare: sharePrice({ of: { rate: cWbtc.read.exchangeRateStored(), shares: cWbtc.read.totalSupply() }, maxStep: rate.maxStep }),
      daiShare: sharePrice({ of: { rate: cDai.read.exchangeRateStored(), shares: cDai.read.totalSupply() }, maxStep: rate.maxStep }),
      kelpShare: sharePrice({ of: { rate: cKelp.read.exchangeRateStored(), shares: cKelp.read.totalSupply() }, maxStep: rate.maxStep }),
      kelpDust: invariant(
        { supply: cKelp.read.totalSupply() },
        // Nobody supplies less than a hundredth of a cToken: a supply of a few units is somebody preparing to inflate it.
        ({ supply }) => supply === 0n || supply >= 1_000_000n,
      ),
      usdcPrice: jump(markets.usdc),
      wethPrice: jump(markets.weth),
      wbtcPrice: jump(markets.wbtc),
      daiPrice: jump(markets.dai),
      kelpPrice: jump(listing),
      flash: flashLoan({ on: [lender], kind: 'erc3156' }),
    },
    authorities: { guardian: key({ address: at.guardian, signer: env('GUARDIAN_KEY'), chain }) },
    brakes: {
      pauseKelpMints: {
        call: mints(cKelp.address),
        holds: comptroller.read.mintGuardianPaused(cKelp.address),
        by: 'guardian',
        falsePauseCosts: '$20/h',
      },
      pauseUsdcBorrows: {
        call: borrows(cUsdc.address),
        holds: comptroller.read.borrowGuardianPaused(cUsdc.address),
        by: 'guardian',
        falsePauseCosts: '$600/h',
      },
      pauseWethBorrows: {
        call: borrows(cWeth.address),
        holds: comptroller.read.borrowGuardianPaused(cWeth.address),
        by: 'guardian',
        falsePauseCosts: '$400/h',
      },
      pauseWbtcBorrows: {
        call: borrows(cWbtc.address),
        holds: comptroller.read.borrowGuardianPaused(cWbtc.address),
        by: 'guardian',
        falsePauseCosts: '$250/h',
      },
      pauseDaiBorrows: {
        call: borrows(cDai.address),
        holds: comptroller.read.borrowGuardianPaused(cDai.address),
        by: 'guardian',
        falsePauseCosts: '$350/h',
      },
      pauseTransfers: {
        call: comptroller.write._setTransferPaused(true),
        holds: comptroller.read.transferGuardianPaused(),
        by: 'guardian',
        falsePauseCosts: '$200/h',
      },
      pauseLiquidations: {
        call: comptroller.write._setSeizePaused(true),
        holds: comptroller.read.seizeGuardianPaused(),
        by: 'guardian',
        falsePauseCosts: '$5000/h',
      },
      pauseAllMints: {
        call: [mints(cKelp.address), mints(cUsdc.address), mints(cWeth.address), mints(cWbtc.address), mints(cDai.address)],
        holds: lens.read.allMintsPaused(),
        by: 'guardian',
        falsePauseCosts: '$1200/h',
      },
      pauseAllBorrows: {
        call: [borrows(cUsdc.address), borrows(cWeth.address), borrows(cWbtc.address), borrows(cDai.address), borrows(cKelp.address)],
        holds: lens.read.allBorrowsPaused(),
        by: 'guardian',
        falsePauseCosts: '$2000/h',
      },
    },
    respond: (on) => [
      on(
        'kelpDust',
        'kelpShare',
        'usdcDrain',
        'wethDrain',
        'wbtcDrain',
        'daiDrain',
        'usdcShare',
        'wethShare',
        'wbtcShare',
        'daiShare',
        'flash',
      )
        // Where nothing can be proven, all borrowing stops first.
        .pull(
          'pauseAllBorrows',
          'pauseKelpMints',
          'pauseTransfers',
          'pauseWbtcBorrows',
          'pauseDaiBorrows',
          'pauseWethBorrows',
          'pauseUsdcBorrows',
          'pauseAllMints',
          'pauseLiquidations',
        )
        .automatically({ atMost: '4/day' }),
      on('usdcPrice', 'wethPrice', 'wbtcPrice', 'daiPrice', 'kelpPrice').propose('pauseAllBorrows').to('guardian'),
    ],
  })
}
