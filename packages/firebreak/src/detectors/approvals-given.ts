// Allowances that contracts of the plan give away: to a spender that nobody expects, or without limit.
import type { LogProbe, Probe } from '../model/call.ts'
import type { Finding, Scope } from '../model/detector.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Moment } from '../model/moment.ts'
import type { Asset } from '../model/money.ts'
import type { At } from './options.ts'
import { approvalsOf } from './token-events.ts'
import { worth } from './worth.ts'

export type Token = At & { readonly asset?: Asset }
export type Unlimited = 'evidence' | 'verdict' | 'allowed'

export interface GivenOptions {
  readonly owners: readonly At[]
  readonly expected: ReadonlySet<Address>
  readonly unlimited: Unlimited
}

export interface Given {
  readonly reads: readonly Probe[]
  readonly logs: readonly LogProbe[]
  readonly findings: (moment: Moment) => readonly Finding[]
}

const newSpenderLikelihood = 0.9
const unlimitedVerdict = 0.5
const unlimitedEvidence = 0.3
/** The largest amount of tokens that count in 96 bits; nobody has that many. */
const noLimit = 2n ** 96n - 1n

export function approvalsGiven(scope: Scope, tokens: readonly Token[], { owners, expected, unlimited }: GivenOptions): Given {
  const givers: ReadonlySet<Address> = new Set(owners.map((one) => one.address))
  const approved = givers.size > 0 ? tokens.map((token) => ({ token, of: approvalsOf(scope, token) })) : []
  /** What an allowance could take at most, where the plan knows the token. */
  const balances = new Map<string, Probe<bigint>>()
  for (const { token } of approved)
    for (const owner of givers) if (token.asset) balances.set(`${owner}:${token.address}`, scope.balance(token.asset, owner))

  interface Approval {
    readonly owner: Address
    readonly spender: Address
    readonly value: bigint
    readonly tx: Hex
  }

  function finding({ owner, spender, value, tx }: Approval, strange: boolean, token: Token, moment: Moment): Finding {
    const { asset } = token
    const held = balances.get(`${owner}:${token.address}`)?.of(moment)
    const limitless = value >= noLimit
    const atStake = held?.ok && held.value < value ? held.value : limitless ? 0n : value
    const much = limitless ? 'without limit' : asset ? worth(asset, value, undefined) : `${value}`
    return {
      subjects: [owner],
      likelihood: strange ? newSpenderLikelihood : unlimited === 'verdict' ? unlimitedVerdict : unlimitedEvidence,
      weight: strange || unlimited === 'verdict' ? 'verdict' : 'evidence',
      summary: `${scope.nameOf(owner)} approved ${scope.nameOf(spender)}${strange ? ', whom it may not,' : ''} for ${asset?.name ?? scope.nameOf(token.address)}: ${much}`,
      evidence: { owner, spender, token: token.address, value, expected: !strange },
      loss: strange && asset && atStake > 0n ? [{ asset: asset.name, amount: atStake }] : [],
      culprits: [tx],
    }
  }

  function findings(moment: Moment): readonly Finding[] {
    return approved.flatMap(({ token, of }) =>
      of.of(moment).flatMap(({ args, log }) => {
        // An approval of nothing takes an allowance away.
        if (!givers.has(args.owner) || args.value === 0n) return []
        const strange = !expected.has(args.spender)
        const said = strange || (args.value >= noLimit && unlimited !== 'allowed')
        return said ? [finding({ ...args, tx: log.tx }, strange, token, moment)] : []
      }),
    )
  }

  return { reads: [...balances.values()], logs: approved.map((one) => one.of), findings }
}
