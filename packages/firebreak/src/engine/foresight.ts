// Simulations sent before they are asked for: a trial is found again by its id, so the decision waits for nothing that is under way.
import type { Trial, TrialOutcome } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Probe } from '../model/call.ts'
import type { Node } from '../stages.ts'
import type { EngineOptions } from './options.ts'

export interface Foresight {
  /** Starts trials that nobody has started yet. */
  readonly begin: (trials: readonly Trial[]) => void
  readonly outcomes: (trials: readonly Trial[]) => Promise<readonly (readonly [string, TrialOutcome])[]>
  readonly code: (addresses: readonly Address[], at: Hex) => Promise<Readonly<Record<Address, Hex>>>
  /** Answers that are there already, without waiting. */
  readonly knownCode: (addresses: readonly Address[]) => Readonly<Record<Address, Hex>> | undefined
  /** Trials on older blocks are of no use any more. */
  readonly forget: () => void
}

const mostCode = 2_000

/** Never more than the trial has room for. */
function withGas(trial: Trial, gasOf: EngineOptions['gasOf']): Trial {
  const steps = trial.steps.map((calls) =>
    calls.map((call) => {
      const measured = call.ours && gasOf(call.ours.brake, call.ours.call)
      return measured !== undefined && measured < call.gas ? { ...call, gas: measured } : call
    }),
  )
  return { ...trial, steps }
}

export function foresight(node: Pick<Node, 'run' | 'code'>, probes: readonly Probe[], gasOf?: EngineOptions['gasOf']): Foresight {
  let trials = new Map<string, Promise<TrialOutcome>>()
  const codes = new Map<Address, Hex | undefined>()

  const start = (wanted: readonly Trial[]): void => {
    const fresh = wanted.filter((trial) => !trials.has(trial.id))
    for (const trial of fresh)
      trials.set(
        trial.id,
        node.run([gasOf ? withGas(trial, gasOf) : trial], probes).then(
          ([outcome]) => {
            // One operator's word is asked for again.
            if (outcome?.alone !== undefined) trials.delete(trial.id)
            return outcome ?? { ok: false, why: 'the node gave no outcome' }
          },
          (error: unknown) => ({ ok: false, why: error instanceof Error ? error.message : String(error) }),
        ),
      )
  }

  const pick = (addresses: readonly Address[]): Readonly<Record<Address, Hex>> => {
    const found: Record<Address, Hex> = {}
    for (const address of addresses) {
      const code = codes.get(address)
      if (code) found[address] = code
    }
    return found
  }

  return {
    begin: start,
    outcomes: async (wanted) => {
      start(wanted)
      return Promise.all(wanted.map(async (trial) => [trial.id, (await trials.get(trial.id)) ?? { ok: false, why: 'forgotten' }] as const))
    },
    code: async (addresses, at) => {
      const missing = addresses.filter((address) => !codes.has(address))
      if (missing.length > 0) {
        const found = await node.code(missing, at)
        // A contract that is not there yet may be there in the next block: only code is remembered.
        for (const address of missing) if (found[address]) codes.set(address, found[address])
        for (const address of codes.keys()) {
          if (codes.size <= mostCode) break
          codes.delete(address)
        }
      }
      return pick(addresses)
    },
    knownCode: (addresses) => (addresses.every((address) => codes.has(address)) ? pick(addresses) : undefined),
    forget: () => {
      trials = new Map()
    },
  }
}
