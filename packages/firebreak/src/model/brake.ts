// A brake is a desired on-chain state and the call that brings it about; a desire is our standing wish for one.
import type { Activity } from './activity.ts'
import type { EncodedCall, Probe } from './call.ts'
import type { Stop } from './forecast.ts'
import type { Address, Hex } from './hex.ts'
import type { Dollars } from './money.ts'

/** When a read says that the brake holds. */
export type Wanted =
  | { readonly kind: 'is'; readonly value: boolean | bigint | string }
  | { readonly kind: 'atMost'; readonly value: bigint }
  | { readonly kind: 'atLeast'; readonly value: bigint }

export interface Condition {
  readonly probe: Probe
  readonly wanted: Wanted
}

/** A parameter lever restricts only in one direction; `unlimited` is the value that means no limit at all. */
export interface Lever {
  readonly probe: Probe<bigint>
  readonly restrictsWhen: 'lower' | 'higher'
  readonly unlimited: bigint | undefined
}

export interface Brake {
  readonly name: string
  readonly chain: string
  readonly calls: readonly EncodedCall[]
  readonly holds: Condition
  readonly undo: readonly EncodedCall[]
  /** Names of authorities, first choice first. */
  readonly by: readonly string[]
  readonly costPerHour: Dollars
  /** Expected duration: what the cost is multiplied by, and when our desire ends by itself. */
  readonly lastsMs: number
  readonly owner: string
  readonly atMostPulls: number
  readonly lever: Lever | undefined
  /** What goes on while it holds; absent where the plan does not say. */
  readonly leaves?: readonly Activity[] | undefined
}

/** A brake that cancels what governance is about to do: its call is known once it is known what that is. */
export interface Veto extends Omit<Brake, 'calls' | 'holds' | 'undo' | 'lever'> {
  /** Governors, timelocks and access managers whose cancelling call it may make. */
  readonly stops: readonly Address[]
}

/** Where a secret comes from; the secret itself is never in a plan. */
export type SecretRef =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'keystore'; readonly path: string; readonly password: SecretRef }

/** A JSON-RPC signer that holds the key: web3signer, clef and others. */
export interface RemoteSignerRef {
  readonly kind: 'remote'
  readonly url: SecretRef
  /** Sent as a bearer token. */
  readonly token: SecretRef | undefined
  readonly answersWithinMs: number
}

/** A key that never leaves AWS's key management service. */
export interface KmsSignerRef {
  readonly kind: 'awsKms'
  readonly keyId: SecretRef
  readonly region: string
  /** AWS's own for the region unless given. */
  readonly endpoint: SecretRef | undefined
  readonly accessKeyId: SecretRef
  readonly secretAccessKey: SecretRef
  readonly sessionToken: SecretRef | undefined
  readonly answersWithinMs: number
}

/** Who signs: we, with a secret that is opened here, or somebody elsewhere, whose word is checked before it is used. */
export type SignerRef = SecretRef | RemoteSignerRef | KmsSignerRef

/** A hot key: acts by itself, at once. */
export interface KeyAuthority {
  readonly kind: 'key'
  readonly name: string
  readonly chain: string
  readonly address: Address
  readonly signer: SignerRef
}

/** A Safe: its owners sign, and a key or a person carries out what they agreed on. */
export interface SafeAuthority {
  readonly kind: 'safe'
  readonly name: string
  readonly chain: string
  readonly chainId: number
  readonly address: Address
  /** The key authority that sends what was signed; absent where people do it. */
  readonly executor: string | undefined
  readonly executorAddress: Address | undefined
  /** A Safe transaction service, and the key to it. */
  readonly service: SecretRef | undefined
  readonly serviceKey: SecretRef | undefined
  /** For brakes of several calls; the official call-only one of the Safe's version unless given. */
  readonly multiSend: Address | undefined
  /** How long the signers usually take. */
  readonly signersTakeMs: number
  /** What the plan knows to be there: anything else is said. */
  readonly known: readonly Address[]
}

/** A contract that acts for a key after a delay of its own: OpenZeppelin's TimelockController or AccessManager. */
export interface DelayAuthority {
  readonly kind: 'timelock' | 'accessManager'
  readonly name: string
  readonly chain: string
  readonly address: Address
  /** The key authority that schedules and executes. */
  readonly sender: string
  readonly senderAddress: Address
}

/** People vote: a key proposes, queues and executes, and nothing but their votes does what lies between. */
export interface GovernorAuthority {
  readonly kind: 'governor'
  readonly name: string
  readonly chain: string
  readonly address: Address
  readonly flavour: 'openzeppelin' | 'bravo'
  /** The key authority that proposes, queues and executes. */
  readonly sender: string
  readonly senderAddress: Address
}

export type Authority = KeyAuthority | SafeAuthority | DelayAuthority | GovernorAuthority

/** wanted: not yet read back · holding: read back · released: someone else ended it · ended: its time is over or we ended it · exhausted: no pulls left. */
export type DesireStatus = 'wanted' | 'holding' | 'released' | 'ended' | 'exhausted'

export interface Desire {
  readonly id: string
  readonly brake: string
  readonly chain: string
  readonly authority: string
  /** Absent when a person asked for it. */
  readonly incident: string | undefined
  readonly owner: string
  readonly since: number
  readonly until: number
  readonly pulls: number
  readonly status: DesireStatus
  /** A proposal: only people bring it about, by this authority and no other. Absent for what we pull ourselves. */
  readonly asks?: true | undefined
  /** Absent for a pull. `undo`: people asked to release the brake; over as soon as it no longer holds. */
  readonly does?: 'undo' | undefined
  /** What a veto stops; absent for every other brake. */
  readonly stop?: Stop | undefined
  /** The attack was first seen in a block: whoever is behind it should not see the brake coming either. Absent for every other. */
  readonly quietly?: true | undefined
  /** What the brake saves, by the decision: the fee cap is a share of it. */
  readonly saves: Dollars
  /** The attacker's tip that ours has to beat. */
  readonly tipToBeat: bigint
  /** The attacker's fee cap: some pools order by it rather than by the tip. It costs us nothing to raise ours. */
  readonly feeToBeat: bigint
}

/** One signed form of an effect; all forms of one intent share a nonce, so at most one is ever mined. */
export interface Attempt {
  readonly hash: Hex
  readonly maxFee: bigint
  readonly maxTip: bigint
  readonly raw: Hex
}

/** The durable note 'about to send this effect', written before sending. */
export interface Intent {
  readonly id: string
  readonly desire: string
  readonly brake: string
  /** Which of the brake's calls this effect is. */
  readonly call: number
  /** What is sent instead of the brake's own call, where an authority stands between key and brake. */
  readonly outer?: (EncodedCall & { readonly completes: boolean }) | undefined
  readonly chain: string
  readonly key: Address
  readonly nonce: bigint
  readonly attempts: readonly Attempt[]
  /** The block from which on it is handed to the public, too; until then it goes to the chain's relay alone. Absent without a relay. */
  readonly publicFrom?: bigint | undefined
}

/** Proof that a brake holds, read back from the chain at a block. */
export interface Receipt {
  readonly desire: string
  readonly brake: string
  readonly chain: string
  readonly block: { readonly number: bigint; readonly hash: Hex }
  /** Our effect that brought it about; absent when someone else got there first. */
  readonly tx: Hex | undefined
}
