// What a readiness check finds, in plain data: one report per check, compared with the next one to tell what rots.
import type { Address } from '../model/hex.ts'
import type { Dollars } from '../model/money.ts'

/** Why a brake would not come about. */
export type FailureKind =
  /** Nothing lives at an address that it needs. */
  | 'noCode'
  /** Its `holds` read, or its lever's, gives no value that fits the ABI. */
  | 'unreadable'
  | 'reverts'
  /** Its calls succeed, and `holds` is not true afterwards. */
  | 'doesNotHold'
  /** Its lever would give freedom instead of taking it. */
  | 'loosens'
  /** Its signer cannot pay for one pull without touching the reserve. */
  | 'noGas'
  /** The node could not carry the simulation out. */
  | 'notSimulated'

export type Verdict =
  | { readonly kind: 'works' }
  /** It holds already; `proven` when it was released and pulled again in simulation. */
  | { readonly kind: 'holdsAlready'; readonly proven: boolean; readonly why: string }
  | { readonly kind: 'fails'; readonly failure: FailureKind; readonly why: string }

export type UndoVerdict =
  | { readonly kind: 'works'; readonly gasLimits: readonly bigint[] }
  | { readonly kind: 'fails'; readonly why: string }
  | { readonly kind: 'untried'; readonly why: string }

/** A brake by one of its authorities: one concrete way to get there. */
export interface RouteReport {
  readonly authority: string
  readonly verdict: Verdict
  /** Gas that each call used, where the simulation came that far. */
  readonly gasUsed: readonly bigint[]
  /** What to send each call with. */
  readonly gasLimits: readonly bigint[]
  /** Absent when the brake declares none. */
  readonly undo: UndoVerdict | undefined
  /** What no haste shortens: signers' time, a delay. Absent for a key, which needs nobody's leave. */
  readonly takes?: { readonly ms: number; readonly why: string } | undefined
  /** What people should know about an authority that is no key. */
  readonly findings?: readonly string[] | undefined
}

export interface BrakeReport {
  readonly brake: string
  readonly chain: string
  /** In a person's words. */
  readonly calls: readonly string[]
  /** First choice first: the brake works when this one does. */
  readonly routes: readonly RouteReport[]
  /** Dollars in the contracts that its calls go to; everything the plan holds on the chain where they hold nothing. */
  readonly reach: Dollars
}

/** One contract whose operations a veto cancels. */
export interface VetoPlace {
  readonly place: string
  /** Undefined where the contract does not say. */
  readonly may: boolean | undefined
  readonly why: string
}

/** A veto cannot be tried without an operation; only the power to cancel can be asked for. */
export interface VetoReport {
  readonly veto: string
  readonly chain: string
  readonly authority: string
  readonly places: readonly VetoPlace[]
}

/** Something that a person should know and that does not stop a brake. */
export interface Finding {
  readonly about: string
  readonly says: string
}

export interface SignerReport {
  readonly authority: string
  readonly chain: string
  readonly address: Address
  readonly balance: bigint
  /** Coins that fees never touch. */
  readonly reserve: bigint
  /** The brake whose pull needs the most gas, and how often the balance pays for it. */
  readonly dearest: string | undefined
  readonly pulls: bigint | undefined
  readonly pullsAtTenfold: bigint | undefined
  /** Undefined when it was not opened. */
  readonly secret: { readonly ok: true; readonly signsInMs?: number } | { readonly ok: false; readonly why: string } | undefined
  /** What the key could do beyond its brakes, as far as could be asked. */
  readonly powers: readonly Finding[]
}

/** Blocks from the attack to the brake, one step after the other. */
export interface ContainmentStep {
  readonly step: string
  readonly blocks: number
  readonly why: string
}

export interface Containment {
  /** Undefined where waiting transactions are not seen. */
  readonly waiting: { readonly steps: readonly ContainmentStep[]; readonly blocks: number; readonly seconds: number } | undefined
  readonly unseen: { readonly steps: readonly ContainmentStep[]; readonly blocks: number; readonly seconds: number }
}

export interface ChainReport {
  readonly chain: string
  readonly block: bigint
  /** Average over the last blocks. */
  readonly secondsPerBlock: number
  readonly measuredOver: number
  readonly baseFee: bigint
  readonly containment: Containment
  /** Everything that the plan's contracts hold, at present prices. */
  readonly held: Dollars
  readonly byHolder: readonly {
    readonly holder: string
    readonly asset: string
    readonly amount: bigint
    readonly dollars: Dollars | undefined
  }[]
  /** Capabilities that the node lacks, and what each costs. */
  readonly lacks: readonly { readonly capability: string; readonly cost: string }[]
  readonly findings: readonly Finding[]
}

export interface Report {
  readonly chains: readonly ChainReport[]
  readonly brakes: readonly BrakeReport[]
  /** Absent where the plan has none. */
  readonly vetoes?: readonly VetoReport[]
  readonly signers: readonly SignerReport[]
  readonly findings: readonly Finding[]
}

/** Whether a pull by the first authority would bring the brake about, or already has. */
export function works(brake: BrakeReport): boolean {
  const [first] = brake.routes
  return first !== undefined && first.verdict.kind !== 'fails'
}

export const ready = (report: Report): boolean => report.brakes.every(works) && report.signers.every((one) => one.secret?.ok !== false)
