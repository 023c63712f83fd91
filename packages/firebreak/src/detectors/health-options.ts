// What a `health` watch is told, checked and put into numbers.
import { sharePpm, tokens } from '../base/units.ts'
import type { Duration, Share } from '../base/units.ts'
import type { EventRef } from '../model/call.ts'
import type { Scope } from '../model/detector.ts'
import type { Fault } from '../model/errors.ts'
import type { Address } from '../model/hex.ts'
import type { Asset } from '../model/money.ts'
import { accountText, readsOf, thresholdFaults } from './health-position.ts'
import type { AccountReads } from './health-position.ts'
import { oneChain, seconds, share } from './options.ts'
import { nobody } from './token-events.ts'

export interface HealthOptions {
  /** Events that name accounts, and which argument does. Those in which debt is made are enough. */
  readonly accounts: readonly { readonly event: EventRef; readonly account: string }[]
  /** The reads of one account. */
  readonly of: (account: Address) => AccountReads
  /** What the values are in, so that bad debt counts as a loss: an asset of the plan, and the values' decimals. */
  readonly unit?: { readonly asset: string; readonly decimals: number }
  /** Accounts that are known from the start. */
  readonly known?: readonly Address[]
  /** Bad debt up to which nothing is said, in whole units. Default '0'. */
  readonly tolerates?: `${number}`
  /** What the whole book has to have for what it owes, such as '110%'. */
  readonly ratio?: Share
  /** How far prices may be from liquidating an account that counts as near. Default '10%'. */
  readonly near?: Share
  /** By how much the share of the debt that is near may rise within the window. Default '10%'. */
  readonly jump?: Share
  /** Default '10m'. */
  readonly window?: Duration
  /** A move of an account's health by more than this in one moment counts as one. Default '5%'. */
  readonly step?: Share
  /** How much of the debt may move like that without its owners' doing. Default '10%'. */
  readonly stirs?: Share
  /** Accounts read at each block. Default 100. */
  readonly perBlock?: number
  /** Accounts kept in mind. Default 1000. */
  readonly knows?: number
}

/** Shares in parts of a million, times in seconds. */
export interface Bounds {
  readonly chain: string
  readonly asset: Asset | undefined
  readonly decimals: number
  readonly bad: bigint
  readonly ratio: bigint | undefined
  readonly near: bigint
  readonly jump: bigint
  readonly window: number
  readonly step: bigint
  readonly stirs: bigint
  readonly perBlock: number
  readonly knows: number
}

export function healthText(options: HealthOptions): Readonly<Record<string, unknown>> {
  return {
    accounts: options.accounts.map(({ event, account }) => `${event.chain}:${event.address}.${event.event.name}.${account}`),
    of: accountText(options.of(nobody)),
    unit: options.unit ? `${options.unit.asset} /10^${options.unit.decimals}` : 'none',
    known: options.known ?? [],
    tolerates: options.tolerates ?? '0',
    ratio: options.ratio ?? 'none',
    near: options.near ?? '10%',
    jump: options.jump ?? '10%',
    window: options.window ?? '10m',
    step: options.step ?? '5%',
    stirs: options.stirs ?? '10%',
    perBlock: options.perBlock ?? 100,
    knows: options.knows ?? 1_000,
  }
}

export function boundsOf(scope: Scope, faults: Fault[], options: HealthOptions): Bounds {
  const { perBlock = 100, knows = 1_000 } = options
  const asset = options.unit && scope.asset(options.unit.asset)
  const decimals = options.unit?.decimals ?? 0
  if (options.unit && !asset)
    faults.push({
      path: 'unit.asset',
      wrong: `the plan has no asset '${options.unit.asset}'`,
      mend: 'name it under `assets`, or leave `unit` out',
    })
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 36)
    faults.push({ path: 'unit.decimals', wrong: `${decimals} is not a number of decimals`, mend: 'write a whole number from 0 to 36' })
  const tolerated = tokens(options.tolerates ?? '0', Number.isInteger(decimals) ? Math.max(0, decimals) : 0)
  if (tolerated === undefined)
    faults.push({ path: 'tolerates', wrong: `'${options.tolerates}' is not an amount`, mend: "write whole units, such as '1000'" })
  const ratio = options.ratio === undefined ? undefined : sharePpm(options.ratio)
  if (options.ratio !== undefined && !ratio)
    faults.push({
      path: 'ratio',
      wrong: `'${options.ratio}' is not a ratio`,
      mend: "write what there has to be for what is owed, such as '110%'",
    })
  const near = share(faults, 'near', options.near ?? '10%')
  const jump = share(faults, 'jump', options.jump ?? '10%')
  const step = share(faults, 'step', options.step ?? '5%')
  const stirs = share(faults, 'stirs', options.stirs ?? '10%')
  const window = seconds(faults, 'window', options.window ?? '10m')
  if (!Number.isInteger(perBlock) || perBlock < 10 || perBlock > 2_000)
    faults.push({ path: 'perBlock', wrong: `${perBlock} accounts cannot be read`, mend: 'write a whole number from 10 to 2000' })
  if (!Number.isInteger(knows) || knows < perBlock || knows > 20_000)
    faults.push({ path: 'knows', wrong: `${knows} accounts cannot be kept`, mend: 'write a whole number from `perBlock` to 20000' })
  for (const [i, { event, account }] of options.accounts.entries())
    if (!event.event.inputs.some((input) => input.name === account && input.type === 'address'))
      faults.push({
        path: `accounts[${i}].account`,
        wrong: `${event.event.name} has no address called '${account}'`,
        mend: `write one of: ${event.event.inputs.flatMap((input) => (input.type === 'address' && input.name ? [input.name] : [])).join(', ') || 'none; choose another event'}`,
      })
  const sample = options.of(nobody)
  thresholdFaults(faults, sample)
  const chain = oneChain(faults, 'of', [...options.accounts.map((one) => one.event.chain), ...readsOf(sample).map((read) => read.chain)])
  return { chain, asset, decimals, bad: tolerated ?? 0n, ratio, near, jump, window, step, stirs, perBlock, knows }
}
