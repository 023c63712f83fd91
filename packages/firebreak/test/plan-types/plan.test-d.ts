// What a plan's types say: a wrong word is an error on its own line, and right ones carry their types. Checked by tsc alone.
import {
  asset,
  atLeast,
  atMost,
  definePlan,
  detector,
  env,
  evm,
  fixed,
  invariant,
  is,
  key,
  type EventRef,
  type Read,
} from '../../src/index.ts'
import { addresses, ethUsd, mainnet, pool, poolAbi, usdc } from './sample.ts'

type Same<a, b> = (<t>() => t extends a ? 1 : 2) extends <t>() => t extends b ? 1 : 2 ? true : false
/** Compiles only when both types are the same. */
declare function same<a, b>(yes: Same<a, b>): void

// Reads carry the types of their results, overloads by their arguments.
same<ReturnType<typeof pool.read.totalAssets>, Read<bigint>>(true)
same<ReturnType<typeof pool.read.mode>, Read<number>>(true)
same<ReturnType<typeof pool.read.reserve>, Read<readonly [bigint, bigint]>>(true)
const [one, two] = [pool.read.balance(addresses.usdc), pool.read.balance(addresses.usdc, 1n)]
same<typeof one, Read<bigint>>(true)
same<typeof two, Read<boolean>>(true)
const borrow = pool.event('Borrow')
same<typeof borrow, EventRef<{ readonly who: `0x${string}`; readonly amount: bigint; readonly note: `0x${string}` }>>(true)

// `now` has the reads' own types.
invariant({ assets: pool.read.totalAssets(), mode: pool.read.mode(), paused: pool.read.paused() }, (now) => {
  same<typeof now.assets, bigint>(true)
  same<typeof now.mode, number>(true)
  same<typeof now.paused, boolean>(true)
  return now.assets > 0n
})
detector({
  kind: 'own',
  logs: { borrows: pool.event('Borrow') },
  start: 0n,
  step: (most, now) => {
    same<(typeof now.borrows)[number]['args']['amount'], bigint>(true)
    return { state: most }
  },
})

// Functions, arguments and events.
pool.read
  // @ts-expect-error no such read
  .totalAsets()
pool.read
  // @ts-expect-error a write is no read
  .pause()
pool.write
  // @ts-expect-error no such write
  .setFrosen(addresses.usdc, true)
pool.write.setFrozen(
  // @ts-expect-error not an address
  'usdc',
  true,
)
pool.write.setFrozen(
  addresses.usdc,
  // @ts-expect-error not a boolean
  1n,
)
pool.event(
  // @ts-expect-error no such event
  'Borow',
)

// Secrets are referred to, never written out.
evm('literal', {
  id: 1,
  // @ts-expect-error a literal URL
  rpc: 'https://node.example/key',
})
evm('literal', {
  id: 1,
  rpc: [
    {
      // @ts-expect-error a literal URL
      url: 'https://node.example/key',
      operator: 'ours',
    },
  ],
})
evm('two', {
  id: 1,
  rpc: [
    { url: env('A'), operator: 'a' },
    { url: env('B'), operator: 'b' },
    // @ts-expect-error who runs it has to be said
    { url: env('C') },
  ],
  agreement: { aloneAfter: '300ms', aloneUpTo: '$100,000' },
  profile: { mempool: 'none', sequencer: 'one' },
})
key({
  address: addresses.sentinel,
  // @ts-expect-error a literal key
  signer: '0xabc',
  chain: mainnet,
})
asset({
  token: usdc,
  decimals: 6,
  price: fixed(
    // @ts-expect-error dollars have a sign
    '1',
  ),
  heldBy: [pool],
})
// @ts-expect-error the chain's own coin needs its chain
asset({
  token: 'native',
  decimals: 18,
  price: fixed('$1'),
  heldBy: [pool],
})

// Conditions compare a read with a value of its own type.
is(pool.read.guardian(), '0x00')
is(
  pool.read.paused(),
  // @ts-expect-error a boolean is compared with a boolean
  1n,
)
atMost(
  // @ts-expect-error nothing to compare
  pool.read.paused(),
  1n,
)
atLeast(pool.read.mode(), 1)
atMost(ethUsd.read.latestAnswer(), 1n)

definePlan({
  name: 'types',
  contracts: { pool },
  watch: {
    solvent: invariant({ assets: pool.read.totalAssets() }, (now) => now.assets > 0n),
    broken: invariant(
      { assets: pool.read.totalAssets() },
      // @ts-expect-error no read of that name
      (now) => now.asets > 0n,
    ),
    // @ts-expect-error not a watch
    drain: '5%',
  },
  authorities: {
    sentinel: key({ address: addresses.sentinel, signer: env('KEY'), chain: mainnet }),
    council: key({ address: addresses.sentinel, signer: env('KEY'), chain: mainnet }),
  },
  brakes: {
    pausePool: { call: pool.write.pause(), holds: pool.read.paused(), by: ['sentinel', 'council'], falsePauseCosts: '$1/h' },
    wrongAuthority: {
      call: pool.write.pause(),
      holds: pool.read.paused(),
      // @ts-expect-error no such authority
      by: 'sentinl',
      falsePauseCosts: '$1/h',
    },
    wrongCall: {
      // @ts-expect-error a read is no call
      call: pool.read.paused(),
      // @ts-expect-error a number is no yes or no
      holds: pool.read.totalAssets(),
      by: 'sentinel',
      // @ts-expect-error a cost is per hour
      falsePauseCosts: '$500',
      // @ts-expect-error a duration has a unit
      lasts: '4 hours',
    },
    wrongField: {
      call: pool.write.pause(),
      holds: pool.read.paused(),
      by: 'sentinel',
      falsePauseCosts: '$1/h',
      // @ts-expect-error no such field
      owners: 'risk-team',
    },
    wrongLever: {
      call: pool.write.setBorrowCap(addresses.usdc, 1n),
      holds: atMost(pool.read.borrowCap(addresses.usdc), 1n),
      by: 'sentinel',
      falsePauseCosts: '$1/h',
      lever: {
        // @ts-expect-error not a number
        read: pool.read.paused(),
        // @ts-expect-error neither lower nor higher
        restrictsWhen: 'down',
      },
    },
  },
  respond: (on) => [
    on(
      'solvent',
      // @ts-expect-error no such watch
      'solvnt',
    )
      .pull(
        'pausePool',
        // @ts-expect-error no such brake
        'pausePol',
      )
      .automatically({
        // @ts-expect-error no such period
        atMost: '2/month',
      }),
    on('solvent').propose('pausePool').to(
      // @ts-expect-error no such authority
      'counsil',
    ),
    // @ts-expect-error a rule says what to do and within which limits
    on('solvent').pull('pausePool'),
  ],
  bounds: {
    // @ts-expect-error dollars have a sign
    tolerates: '5',
    // @ts-expect-error neither report nor widen
    untested: 'ignore',
  },
})

// The chain's name and the ABI stay known.
const there = evm('base', { id: 8453, rpc: env('BASE') }).at(addresses.pool, poolAbi)
same<typeof there.chain, 'base'>(true)
