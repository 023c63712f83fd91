// What a drill is: a folder with this as its default export, a plan beside it, and code that nobody told the engine about.
import type { Address, Hex } from '../model/hex.ts'
import type { Dollars } from '../model/money.ts'

/**
 * public: the attack waits in the mempool · private: first seen in a block · quiet: ordinary users only · grief: people who want us
 * to pause · aware: an attacker who has read the plan and Firebreak's code · flood: thousands of waiting transactions around the attack.
 */
export type Variant = 'public' | 'private' | 'quiet' | 'grief' | 'aware' | 'flood'
export const variants: readonly Variant[] = ['public', 'private', 'quiet', 'grief', 'aware', 'flood']
/** Those in which somebody attacks. */
export const attacked = (variant: Variant): boolean => variant !== 'quiet' && variant !== 'grief'

/** Compiled Solidity: what `solc` or a package's artifact gives. */
export interface Artifact {
  readonly abi: readonly unknown[]
  readonly bytecode: Hex
}

/** An account with coins that only this scene uses; its address varies with the seed. */
export interface Actor {
  readonly address: Address
  readonly privateKey: Hex
}

/** Seeded randomness: the same seed gives the same drill. */
export interface Random {
  /** Whole number from `low` to `high`, both included. */
  readonly whole: (low: number, high: number) => number
  /** Big whole number from `low` to `high`, both included. */
  readonly big: (low: bigint, high: bigint) => bigint
  readonly pick: <item>(items: readonly item[]) => item
  readonly shuffle: <item>(items: readonly item[]) => readonly item[]
}

export interface TransactionRequest {
  readonly to?: Address
  readonly data?: Hex
  readonly value?: bigint
  readonly gas?: bigint
  /** Wei a gas; the kit picks an ordinary one. */
  readonly tip?: bigint
  readonly maxFee?: bigint
  readonly nonce?: number
  readonly accessList?: readonly { readonly address: Address; readonly storageKeys: readonly Hex[] }[]
}

/** What a scene builds with. Everything goes to the local chain as signed transactions from ordinary accounts. */
export interface Kit {
  readonly seed: number
  readonly random: Random
  /** A funded account; the same name gives the same account within a seed. */
  readonly actor: (name: string) => Promise<Actor>
  /** Deploys and mines; gives the address. */
  readonly deploy: (artifact: Artifact, args: readonly unknown[], from: Actor) => Promise<Address>
  /** Signs, sends, mines one block, and fails with the revert reason unless `mayRevert`. */
  readonly send: (from: Actor, request: TransactionRequest, options?: { readonly mayRevert?: boolean }) => Promise<Hex>
  /** Encodes and sends a call of `abi`. */
  readonly call: (from: Actor, to: Address, abi: readonly unknown[], functionName: string, args: readonly unknown[]) => Promise<Hex>
  readonly read: (to: Address, abi: readonly unknown[], functionName: string, args?: readonly unknown[]) => Promise<unknown>
  /** Signs without sending. The nonce counts on from the last one that the kit signed for this actor, unless given. */
  readonly sign: (from: Actor, request: TransactionRequest) => Promise<Hex>
  /** Sends to the public mempool without mining. */
  readonly broadcast: (raw: Hex) => Promise<Hex>
  readonly mine: (blocks?: number) => Promise<void>
  /** Moves the chain's clock on, then mines one block. */
  readonly wait: (seconds: number) => Promise<void>
  /** Raw JSON-RPC, for what a scene needs from anvil beyond this. */
  readonly rpc: (method: string, params: readonly unknown[]) => Promise<unknown>
}

/** One ordinary or hostile act of the quiet and grief variants. It broadcasts what it wants; the runner mines afterwards. */
export interface Act {
  readonly name: string
  readonly run: () => Promise<void>
}

/** One round of an attacker who has read the plan and this repository. */
export interface Strike {
  /** What is new about it, in a few words. */
  readonly name: string
  readonly txs: readonly Hex[]
  /** Goes to a builder instead of the mempool: nobody sees it before it is mined. */
  readonly hidden: boolean
  /** The block that it is meant for; where nothing is said, an ordinary one. */
  readonly block?: { readonly seconds?: number; readonly proposer?: Address }
}

export interface Scene {
  /** Handed to the plan's function: addresses and whatever else the plan needs. Plain JSON. */
  readonly deployment: Readonly<Record<string, unknown>>
  /** Private keys that the plan's authorities read from environment variables, by variable name. */
  readonly keys: Readonly<Record<string, Hex>>
  /** Deploys what the attacker needs beforehand (not part of the loss), then signs the attack's transactions, in order, unsent. */
  readonly attack: (options: { readonly tip: bigint; readonly round: number }) => Promise<readonly Hex[]>
  /**
   * For the variant `aware`: round after round, until there is none. Its contracts hide from simulations, it stays below the plan's
   * bounds as long as that pays, and once a brake holds it goes another way. The first round alone may take something.
   */
  readonly aware?: (options: { readonly tip: bigint; readonly round: number }) => Promise<Strike | undefined>
  readonly quiet: () => readonly Act[]
  readonly grief: () => readonly Act[]
  /** What honest people have lost so far, in dollars at the scene's true prices, read from the chain. */
  readonly lost: () => Promise<Dollars>
}

export interface Drill {
  readonly name: string
  /** One sentence: which protocol, which attack, which remedy. */
  readonly about: string
  /** File name of the plan beside the drill; its default export is a function from `deployment` to a plan. */
  readonly plan: string
  /** Deploys the protocol with money in it and lets some ordinary blocks pass. */
  readonly scene: (kit: Kit) => Promise<Scene>
}

/** Marks a drill, so that a wrong field is an error at the word. */
export function defineDrill(drill: Drill): Drill {
  return drill
}
