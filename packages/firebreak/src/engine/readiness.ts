// Whether the plan could be carried out right now: every brake from its real authority on every chain, in one report.
import { keysOf } from '../base/keys.ts'
import { checksummed } from '../chain/codec/checksum.ts'
import { encodeRead } from '../chain/codec/encode-read.ts'
import { storageAt } from '../chain/storage.ts'
import { costOf } from '../chain/transport/capabilities.ts'
import { amountsOf } from '../decisions/losses.ts'
import { dollarsOf, priceAt } from '../decisions/prices.ts'
import type { Brake, KeyAuthority } from '../model/brake.ts'
import type { EncodedCall } from '../model/call.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Hex } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { checkChain, measureRoutes, type ChainFacts } from '../readiness/check.ts'
import { containmentOf, quickestLeave } from '../readiness/containment.ts'
import { nameIn } from '../readiness/powers.ts'
import { endpointFindings } from '../readiness/endpoints.ts'
import { relayFindings } from '../readiness/relay.ts'
import type { BrakeReport, ChainReport, Finding, Report, RouteReport, SignerReport } from '../readiness/report.ts'
import { readRoute } from '../responders/authorities/read-route.ts'
import { routesOf } from '../responders/authorities/routes.ts'
import type { Handed, Relay } from '../responders/relay/relay.ts'
import type { RouteWay } from '../readiness/routes.ts'
import type { Node } from '../stages.ts'
import type { Connected } from './connect.ts'
import { vetoReports } from './veto-readiness.ts'

export interface ReadinessOptions {
  readonly plan: ResolvedPlan
  readonly nodes: ReadonlyMap<string, Connected>
  /** Whether a key's secret can be had and is the key's; undefined when keys are left alone. */
  readonly secretOf: (authority: KeyAuthority) => SignerReport['secret'] | Promise<SignerReport['secret']>
  /** Asked whether they are there; absent when they are left alone. */
  readonly relays?: ReadonlyMap<string, Pick<Relay, 'reached'>>
}

/** Changes nothing and sends nothing; throws only when a node cannot be asked at all. */
export async function checkReadiness({ plan, nodes, secretOf, relays }: ReadinessOptions): Promise<Report> {
  const parts = await Promise.all(
    [...nodes.values()].map(async (connected) => {
      const facts = await checkChain(plan, {
        node: connected.node,
        storage: (addresses, slot, at) => storageAt(connected.rpc, addresses, slot, at),
        encode: (read) => encodeRead(read),
        wayOf: wayIn(plan, connected.node),
        address: checksummed,
      })
      const { chain } = connected.node
      const [secrets, relay, sequencer, vetoes] = await Promise.all([
        secretsOn(plan, chain, secretOf),
        relays?.get(chain)?.reached(),
        sequencerUp(plan, connected, facts.head.hash),
        vetoReports(plan, connected.node),
      ])
      return { ...partOf(plan, connected, facts, { secrets, relay, sequencer }), vetoes }
    }),
  )
  return {
    chains: parts.map((part) => part.chain),
    brakes: plan.brakes.flatMap((brake) => parts.flatMap((part) => part.brakes.filter((one) => one.brake === brake.name))),
    ...(plan.vetoes ? { vetoes: parts.flatMap((part) => part.vetoes) } : {}),
    signers: parts.flatMap((part) => part.signers),
    findings: [...keysOf(plan.authorities).flatMap(localUseOnly), ...ofAuthorities(parts.flatMap((part) => part.brakes))],
  }
}

/** Gas of each brake's calls as just simulated; what cannot be measured is left out. */
export async function measureGas(
  plan: ResolvedPlan,
  nodes: ReadonlyMap<string, Pick<Connected, 'node'>>,
): Promise<ReadonlyMap<string, readonly RouteReport[]>> {
  const measured = await Promise.all([...nodes.values()].map(({ node }) => measureRoutes(plan, { node, wayOf: wayIn(plan, node) })))
  return new Map(measured.flatMap((routes) => [...routes]))
}

/** What is odd about an authority is said once, however many brakes it can pull. */
function ofAuthorities(brakes: readonly BrakeReport[]): readonly Finding[] {
  const all = brakes.flatMap((brake) =>
    brake.routes.flatMap(({ authority, findings = [] }) => findings.map((says): Finding => ({ about: authority, says }))),
  )
  return [...new Map(all.map((one) => [`${one.about}|${one.says}`, one])).values()]
}

/** Read at the block, and rehearsed with what that state says: real owners, real nonce, real delays. */
function wayIn(plan: ResolvedPlan, node: Node) {
  const routes = routesOf(plan.authorities)
  return async (authority: string, calls: readonly EncodedCall[], at: BlockRef): Promise<RouteWay | undefined> => {
    const route = routes.get(authority)
    if (!route) return undefined
    const answers = { ...(await readRoute(node, at.hash, route, calls)), timestamp: at.timestamp }
    return {
      sender: plan.authorities.find((one) => one.name === route.sender)?.address,
      pull: route.rehearse(calls, answers),
      takes: route.delay(answers, calls),
      findings: route.findings(answers),
    }
  }
}

/** Whether each key of a chain can sign; signers elsewhere are asked side by side. */
async function secretsOn(
  plan: ResolvedPlan,
  chain: string,
  secretOf: ReadinessOptions['secretOf'],
): Promise<ReadonlyMap<string, SignerReport['secret']>> {
  const keys = keysOf(plan.authorities).filter((one) => one.chain === chain)
  return new Map(await Promise.all(keys.map(async (key) => [key.name, await secretOf(key)] as const)))
}

/** What was asked besides the chain. */
interface Asked {
  readonly secrets: ReadonlyMap<string, SignerReport['secret']>
  readonly relay: Handed | undefined
  readonly sequencer: boolean | undefined
}

interface Part {
  readonly chain: ChainReport
  readonly brakes: readonly BrakeReport[]
  readonly signers: readonly SignerReport[]
}

/** By the feed that the plan names, in Chainlink's interface: 0 is up. Undefined where none is named, or it cannot be read. */
async function sequencerUp(plan: ResolvedPlan, { node }: Connected, at: Hex): Promise<boolean | undefined> {
  const feed = plan.chains.find((one) => one.name === node.chain)?.profile.sequencer?.uptimeFeed
  if (!feed) return undefined
  const probe = encodeRead({ kind: 'read', chain: node.chain, to: feed, fn: latestAnswer, args: [] })
  const said = probe.of(await node.read(at, [probe]))
  return said.ok ? said.value === 0n : undefined
}

const latestAnswer = {
  type: 'function',
  name: 'latestAnswer',
  stateMutability: 'view',
  inputs: [],
  outputs: [{ type: 'int256', name: '' }],
} as const

function partOf(plan: ResolvedPlan, { node, can, endpoints }: Connected, facts: ChainFacts, { secrets, relay, sequencer }: Asked): Part {
  const chain = plan.chains.find((one) => one.name === node.chain)
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
        { pending: can.pendingHashes && chain?.profile.mempool !== 'none', bodies: can.subscribePendingFull, simulates: can.simulateV1 },
        facts.secondsPerBlock,
        {
          signer: slowestOf(plan, node.chain, secrets),
          relay: chain?.relay,
          leave: quickestLeave(brakes.map((brake) => ({ routes: facts.routes.get(brake.name) ?? [] }))),
        },
      ),
      held,
      byHolder: byHolder.map(({ holder, ...one }) => ({ ...one, holder: nameIn(plan, holder) })),
      lacks: costOf(can),
      findings: [
        ...(chain
          ? endpointFindings(
              chain,
              endpoints.map((one) => ({ ...one, simulates: one.can.simulateV1, proofs: one.can.proofs, lacks: costOf(one.can) })),
              sequencer,
            )
          : []),
        ...(chain ? relayFindings(chain, relay) : []),
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
    signers: facts.signers.map((signer) => ({ ...signer, secret: secrets.get(signer.authority) })),
  }
}

/** Of those that a brake's first choice depends on; the others are for when it fails. */
function slowestOf(
  plan: ResolvedPlan,
  chain: string,
  secrets: Asked['secrets'],
): { readonly authority: string; readonly ms: number } | undefined {
  const senders = new Map([...routesOf(plan.authorities)].map(([name, route]) => [name, route.sender]))
  const first = new Set(plan.brakes.filter((brake) => brake.chain === chain).map(({ by: [name = ''] }) => senders.get(name) ?? name))
  const timed = [...secrets].flatMap(([authority, secret]) =>
    first.has(authority) && secret?.ok && secret.signsInMs !== undefined ? [{ authority, ms: secret.signsInMs }] : [],
  )
  return timed.toSorted((a, b) => b.ms - a.ms)[0]
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

function localUseOnly({ name, signer: secret }: KeyAuthority): readonly Finding[] {
  if (secret.kind === 'env')
    return [{ about: name, says: `its key lies in the environment variable ${secret.name}: for local use only, keep it in a keystore` }]
  if (secret.kind === 'file')
    return [{ about: name, says: `its key lies unencrypted in the file ${secret.path}: for local use only, keep it in a keystore` }]
  return []
}
