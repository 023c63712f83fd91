// Whether the plan could be carried out right now: every brake from its real authority on every chain, in one report.
import { keysOf } from '../base/keys.ts'
import { checksummed } from '../chain/codec/checksum.ts'
import { encodeRead } from '../chain/codec/encode-read.ts'
import { storageAt } from '../chain/storage.ts'
import { costOf } from '../chain/transport/capabilities.ts'
import { amountsOf } from '../decisions/losses.ts'
import { dollarsOf, priceAt } from '../decisions/prices.ts'
import type { Brake, KeyAuthority } from '../model/brake.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { checkChain, measureRoutes, type ChainFacts } from '../readiness/check.ts'
import { containmentOf } from '../readiness/containment.ts'
import { nameIn } from '../readiness/powers.ts'
import type { BrakeReport, ChainReport, Finding, Report, RouteReport, SignerReport } from '../readiness/report.ts'
import type { Connected } from './connect.ts'

export interface ReadinessOptions {
  readonly plan: ResolvedPlan
  readonly nodes: ReadonlyMap<string, Connected>
  /** Whether a key's secret can be had and is the key's; undefined when keys are left alone. */
  readonly secretOf: (authority: KeyAuthority) => SignerReport['secret']
}

/** Changes nothing and sends nothing; throws only when a node cannot be asked at all. */
export async function checkReadiness({ plan, nodes, secretOf }: ReadinessOptions): Promise<Report> {
  const parts = await Promise.all(
    [...nodes.values()].map(async (connected) => {
      const facts = await checkChain(plan, {
        node: connected.node,
        storage: (addresses, slot, at) => storageAt(connected.rpc, addresses, slot, at),
        encode: (read) => encodeRead(read),
        address: checksummed,
      })
      return partOf(plan, connected, facts, secretOf)
    }),
  )
  return {
    chains: parts.map((part) => part.chain),
    brakes: plan.brakes.flatMap((brake) => parts.flatMap((part) => part.brakes.filter((one) => one.brake === brake.name))),
    signers: parts.flatMap((part) => part.signers),
    findings: keysOf(plan.authorities).flatMap(localUseOnly),
  }
}

/** Gas of each brake's calls as just simulated; what cannot be measured is left out. */
export async function measureGas(
  plan: ResolvedPlan,
  nodes: ReadonlyMap<string, Pick<Connected, 'node'>>,
): Promise<ReadonlyMap<string, readonly RouteReport[]>> {
  const measured = await Promise.all([...nodes.values()].map((connected) => measureRoutes(plan, connected)))
  return new Map(measured.flatMap((routes) => [...routes]))
}

interface Part {
  readonly chain: ChainReport
  readonly brakes: readonly BrakeReport[]
  readonly signers: readonly SignerReport[]
}

function partOf(plan: ResolvedPlan, { node, can }: Connected, facts: ChainFacts, secretOf: ReadinessOptions['secretOf']): Part {
  const byHolder = holdingsAt(plan, node.chain, facts)
  const held = byHolder.reduce((sum, one) => sum + (one.dollars ?? 0n), 0n)
  const unpriced = [...new Set(byHolder.filter((one) => one.dollars === undefined).map((one) => one.asset))]
  const brakes = plan.brakes.filter((brake) => brake.chain === node.chain)
  return {
    chain: {
      chain: node.chain,
      block: facts.head.number,
      secondsPerBlock: facts.secondsPerBlock,
      measuredOver: facts.measuredOver,
      baseFee: facts.head.baseFee,
      containment: containmentOf(
        { pending: can.pendingHashes, bodies: can.subscribePendingFull, simulates: can.simulateV1 },
        facts.secondsPerBlock,
      ),
      held,
      byHolder: byHolder.map(({ holder, ...one }) => ({ ...one, holder: nameIn(plan, holder) })),
      lacks: costOf(can),
      findings: [
        ...facts.findings,
        ...unpriced.map((asset): Finding => ({ about: asset, says: 'has no price right now: it is not counted in dollars' })),
      ],
    },
    brakes: brakes.map((brake) => ({
      brake: brake.name,
      chain: brake.chain,
      calls: brake.calls.map((call) => call.label),
      routes: facts.routes.get(brake.name) ?? [],
      reach: reachOf(brake, byHolder, held),
    })),
    signers: facts.signers.map((signer) => {
      const authority = keysOf(plan.authorities).find((one) => one.name === signer.authority)
      return { ...signer, secret: authority && secretOf(authority) }
    }),
  }
}

function holdingsAt(plan: ResolvedPlan, chain: string, facts: ChainFacts) {
  const own = plan.holdings.filter((one) => one.chain === chain)
  const amounts = amountsOf(own, facts.answers)
  return own.flatMap(({ asset: name, holder }, i) => {
    const [asset, amount] = [plan.assets.find((one) => one.name === name), amounts[i]]
    if (!asset || amount === undefined) return []
    const price = priceAt(asset, facts.answers)
    return [{ holder, asset: name, amount, dollars: price === undefined ? undefined : dollarsOf(asset, amount, price) }]
  })
}

/** What the contracts hold that the brake acts on; a brake on a contract without money of its own guards everything. */
function reachOf(brake: Brake, holdings: ReturnType<typeof holdingsAt>, held: bigint): bigint {
  const targets = new Set(brake.calls.map((call) => call.to))
  const own = holdings.filter((one) => targets.has(one.holder))
  return own.length === 0 ? held : own.reduce((sum, one) => sum + (one.dollars ?? 0n), 0n)
}

function localUseOnly({ name, secret }: KeyAuthority): readonly Finding[] {
  if (secret.kind === 'env')
    return [{ about: name, says: `its key lies in the environment variable ${secret.name}: for local use only, keep it in a keystore` }]
  if (secret.kind === 'file')
    return [{ about: name, says: `its key lies unencrypted in the file ${secret.path}: for local use only, keep it in a keystore` }]
  return []
}
