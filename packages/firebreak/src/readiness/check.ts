// Asks one chain everything that a readiness check needs, in a handful of requests; changes nothing and sends nothing.
import { keysOf } from '../base/keys.ts'
import type { Brake } from '../model/brake.ts'
import type { Answers, EncodedCall, Probe } from '../model/call.ts'
import type { BlockRef } from '../model/chain.ts'
import type { Trial, TrialOutcome } from '../model/decision.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import type { Node } from '../stages.ts'
import { intervalBlocks, secondsPerBlock } from './containment.ts'
import { costOfPull, gasLimitOf, spendable } from './gas.ts'
import { adminIn, adminSlot, findingsFrom, nameIn, powersOf, targetsOf, type Encode, type Keyholder } from './powers.ts'
import { placesOf, withoutCode } from './no-code.ts'
import type { Finding, RouteReport, SignerReport } from './report.ts'
import { probesOf, pullTrial, routeReport, undoTrial, undoVerdict, wayOf, type RouteWay, type Seen } from './routes.ts'

export interface Asked {
  readonly node: Node
  /** Storage words of contracts at a block; a read that fails is an empty word. */
  readonly storage: (addresses: readonly Address[], slot: Hex, at: Hex) => Promise<ReadonlyMap<Address, Hex>>
  readonly encode: Encode
  /** How an authority that is no key would bring these calls about at a block; undefined for a key. */
  readonly wayOf: (authority: string, calls: readonly EncodedCall[], at: BlockRef) => Promise<RouteWay | undefined>
  /** Checksummed, or undefined when it is no address. */
  readonly address: (text: string) => Address | undefined
}

export interface ChainFacts {
  readonly head: BlockRef
  readonly secondsPerBlock: number
  readonly measuredOver: number
  /** Answers at the head: prices, holdings, brakes and levers. */
  readonly answers: Answers
  readonly routes: ReadonlyMap<string, readonly RouteReport[]>
  readonly signers: readonly Omit<SignerReport, 'secret'>[]
  readonly findings: readonly Finding[]
}

/** Routes alone: what a start needs to know before it signs ahead. */
export async function measureRoutes(
  plan: ResolvedPlan,
  asked: Pick<Asked, 'node' | 'wayOf'>,
): Promise<ReadonlyMap<string, readonly RouteReport[]>> {
  const { node } = asked
  const seen = await look(plan, asked, [])
  return routesOf(plan, node, seen)
}

export async function checkChain(plan: ResolvedPlan, asked: Asked): Promise<ChainFacts> {
  const { node } = asked
  const { chain } = node
  const values: readonly Probe[] = [
    ...plan.holdings.filter((one) => one.chain === chain).map((one) => one.balance),
    ...plan.assets.flatMap((one) => (one.chain === chain && one.price.kind === 'read' ? [one.price.probe] : [])),
  ]
  const seen = await look(plan, asked, values)
  const { head } = seen
  const back = head.number < intervalBlocks ? head.number : intervalBlocks
  const [older, routes, powers] = await Promise.all([
    node.header(head.number - back),
    routesOf(plan, node, seen),
    powersOnChain(plan, asked, seen),
  ])
  const released = await releases(plan, node, seen, routes)
  const withUndo = new Map(
    [...routes].map(([brake, all]) => [
      brake,
      all.map((route) => ({ ...route, undo: released.undo.get(`${brake}|${route.authority}`) ?? route.undo })),
    ]),
  )
  const keys = keysOf(plan.authorities).filter((one) => one.chain === chain)
  return {
    head,
    secondsPerBlock: older ? secondsPerBlock(older, head) : 0,
    measuredOver: older ? Number(back) : 0,
    answers: seen.answers,
    routes: withUndo,
    signers: keys.map((key) =>
      signerReport(plan, key, seen, withUndo, [...(released.powers.get(key.name) ?? []), ...(powers.get(key.name) ?? [])]),
    ),
    findings: unreachable(plan, seen),
  }
}

async function look(plan: ResolvedPlan, { node, wayOf }: Pick<Asked, 'node' | 'wayOf'>, values: readonly Probe[]): Promise<Seen> {
  const head = await node.head()
  const own = plan.brakes.filter((brake) => brake.chain === node.chain)
  const holds = own.map((brake) => brake.holds.probe.to)
  const keys = [...new Set(plan.authorities.filter((one) => one.chain === node.chain).map((one) => one.address))]
  const [answers, code, accounts] = await Promise.all([
    node.read(head.hash, [...own.flatMap(probesOf), ...values]),
    node.code([...new Set([...targetsOf(plan, node.chain), ...holds])], head.hash),
    Promise.all(keys.map(async (address) => [address, (await node.account(address, head.hash)).balance] as const)),
  ])
  const ways = await Promise.all(
    own.flatMap((brake) =>
      partiesOf(plan, brake).map(async (by) => [`${brake.name}|${by.name}`, await wayOf(by.name, brake.calls, head)] as const),
    ),
  )
  return {
    head,
    answers,
    code,
    balances: new Map(accounts),
    ways: new Map(ways.flatMap(([name, way]) => (way ? [[name, way] as const] : []))),
    reserve: plan.bounds.feeReserveWei,
  }
}

const partiesOf = (plan: ResolvedPlan, brake: Brake): readonly Keyholder[] =>
  plan.authorities.filter((one) => brake.by.includes(one.name)).sort((a, b) => brake.by.indexOf(a.name) - brake.by.indexOf(b.name))

/** Carries out those that could be asked; the rest stay unanswered. */
async function outcomesOf(
  node: Node,
  probes: readonly Probe[],
  trials: readonly (Trial | undefined)[],
): Promise<readonly (TrialOutcome | undefined)[]> {
  const asked = trials.filter((trial) => trial !== undefined)
  const outcomes = asked.length > 0 ? await node.run(asked, probes) : []
  const byTrial = new Map(asked.map((trial, i) => [trial, outcomes[i]]))
  return trials.map((trial) => trial && byTrial.get(trial))
}

async function routesOf(plan: ResolvedPlan, node: Node, seen: Seen): Promise<ReadonlyMap<string, readonly RouteReport[]>> {
  const own = plan.brakes.filter((brake) => brake.chain === node.chain)
  const pairs = own.flatMap((brake) => partiesOf(plan, brake).map((by) => ({ brake, by })))
  const trials = pairs.map(({ brake, by }) => pullTrial(brake, by, seen))
  const outcomes = await outcomesOf(node, own.flatMap(probesOf), trials)
  const reports = pairs.map(({ brake, by }, i) => ({ brake: brake.name, report: routeReport(brake, by, outcomes[i], seen) }))
  return new Map(own.map((brake) => [brake.name, reports.filter((one) => one.brake === brake.name).map((one) => one.report)]))
}

/** Who can undo which brake: the declared way back, and what each hot key could undo besides. */
async function releases(plan: ResolvedPlan, node: Node, seen: Seen, routes: ReadonlyMap<string, readonly RouteReport[]>) {
  const own = plan.brakes.filter((brake) => brake.chain === node.chain && brake.undo.length > 0)
  const keys = keysOf(plan.authorities).filter((one) => one.chain === node.chain)
  const cases = own.flatMap((brake) => {
    const [first] = partiesOf(plan, brake)
    const route = routes.get(brake.name)?.[0]
    if (!first || !route || route.verdict.kind === 'fails' || wayOf(seen, brake.name, first.name)) return []
    return keys.map((key) => ({ brake, key, trial: undoTrial(brake, first, key, route.gasLimits, seen) }))
  })
  const outcomes = await outcomesOf(
    node,
    own.flatMap(probesOf),
    cases.map((one) => one.trial),
  )
  const undo = new Map<string, ReturnType<typeof undoVerdict>>()
  const powers = new Map<string, Finding[]>()
  cases.forEach(({ brake, key }, i) => {
    const verdict = undoVerdict(brake, outcomes[i])
    undo.set(`${brake.name}|${key.name}`, verdict)
    if (verdict.kind !== 'works') return
    const says = `can release ${brake.name} as well as pull it (${brake.undo.map((call) => call.label).join(', ')}): whoever steals it can lift the brake`
    powers.set(key.name, [
      ...(powers.get(key.name) ?? []),
      { about: key.name, says: brake.by.includes(key.name) ? says : says.replace(' as well as pull it', '') },
    ])
  })
  return { undo, powers }
}

async function powersOnChain(
  plan: ResolvedPlan,
  { node, storage, encode, address }: Asked,
  seen: Seen,
): Promise<ReadonlyMap<string, readonly Finding[]>> {
  const { chain } = node
  const live = targetsOf(plan, chain).filter((one) => seen.code[one] !== undefined)
  const words = await storage(live, adminSlot, seen.head.hash)
  const admins = new Map(
    [...words].flatMap(([proxy, word]) => {
      const admin = adminIn(word)
      const known = admin && address(admin)
      return known ? [[proxy, known] as const] : []
    }),
  )
  const keys = keysOf(plan.authorities).filter((one) => one.chain === chain)
  const asks = new Map(keys.map((key) => [key.name, powersOf({ plan, chain, key, encode }, seen.code, admins)]))
  const answers = await node.read(
    seen.head.hash,
    [...asks.values()].flatMap((all) => all.map((ask) => ask.probe)),
  )
  return new Map(
    keys.map((key) => {
      const direct = [...admins].filter(([, admin]) => admin === key.address)
      return [
        key.name,
        [
          ...direct.map(([proxy]) => ({
            about: key.name,
            says: `is the admin of the proxy ${nameIn(plan, proxy)}: it can replace the code`,
          })),
          ...findingsFrom(asks.get(key.name) ?? [], answers),
        ],
      ]
    }),
  )
}

function signerReport(
  plan: ResolvedPlan,
  key: Keyholder & { readonly chain: string },
  seen: Seen,
  routes: ReadonlyMap<string, readonly RouteReport[]>,
  powers: readonly Finding[],
): Omit<SignerReport, 'secret'> {
  const balance = seen.balances.get(key.address) ?? 0n
  const own = plan.brakes.filter(
    (brake) =>
      brake.chain === key.chain && (brake.by[0] === key.name || wayOf(seen, brake.name, brake.by[0] ?? '')?.sender === key.address),
  )
  const limits = own.map((brake) => ({ brake: brake.name, gas: limitsOf(brake, routes.get(brake.name)?.[0]) }))
  const costs = limits.map(({ brake, gas }) => ({ brake, now: costOfPull(gas, seen.head), tenfold: costOfPull(gas, seen.head, 10n) }))
  const dearest = costs.reduce<(typeof costs)[number] | undefined>((most, one) => (most && most.now >= one.now ? most : one), undefined)
  const money = spendable(balance, seen.reserve)
  return {
    authority: key.name,
    chain: key.chain,
    address: key.address,
    balance,
    reserve: seen.reserve,
    dearest: dearest?.brake,
    pulls: dearest && money / dearest.now,
    pullsAtTenfold: dearest && money / dearest.tenfold,
    powers,
  }
}

/** What could not be measured is counted at the least that a transaction takes, so that a broken brake does not look like an empty purse. */
const limitsOf = (brake: Brake, route: RouteReport | undefined): readonly bigint[] =>
  route && route.gasLimits.length > 0 ? route.gasLimits : brake.calls.map(() => gasLimitOf(0n))

function unreachable(plan: ResolvedPlan, seen: Seen): readonly Finding[] {
  return withoutCode(placesOf(plan, seen.head.chain), seen.code).map(({ about, address }) => ({
    about,
    says: `there is no contract at ${address}`,
  }))
}
