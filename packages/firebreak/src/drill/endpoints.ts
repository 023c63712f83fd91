// What a drill's plan reaches its chain through: one endpoint, or several of different operators of which one may lie.
import { startProxy, type Proxy } from '../local-chain/ipc-proxy.ts'
import { strictNode } from '../local-chain/strict-node.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { liar, type Lie, type Lying } from './liars.ts'

export interface EndpointOptions {
  readonly endpoints?: number
  /** The last of them lies in this way, from when Firebreak watches. */
  readonly liar?: Lie
}

export interface Endpoints {
  /** The plan with these endpoints in place of its own, where there are several. */
  readonly planOf: (plan: ResolvedPlan) => ResolvedPlan
  readonly urlOf: (name: string) => string
  readonly hide: Proxy['hide']
  readonly beginToLie: () => void
  readonly close: () => Promise<void>
}

const nameOf = (place: number): string => `DRILL_ENDPOINT_${place + 1}`

export async function startEndpoints(upstream: string, { endpoints = 1, liar: lie }: EndpointOptions): Promise<Endpoints> {
  const lying: Lying = { on: false }
  const proxies: Proxy[] = []
  for (let place = 0; place < endpoints; place++) {
    const lies = lie !== undefined && place === endpoints - 1 ? [liar(lie, lying)] : []
    proxies.push(await startProxy({ upstream, rules: [...lies, ...strictNode()] }))
  }
  const own = proxies.map((_, place) => ({ url: { kind: 'env' as const, name: nameOf(place) }, operator: `operator ${place + 1}` }))
  return {
    planOf: (plan) => (endpoints === 1 ? plan : { ...plan, chains: plan.chains.map((chain) => ({ ...chain, endpoints: own })) }),
    urlOf: (name) => (proxies.find((_, place) => nameOf(place) === name) ?? proxies[0])?.ipcPath ?? '',
    hide: (hash) => proxies.forEach((proxy) => proxy.hide(hash)),
    beginToLie: () => void (lying.on = true),
    close: async () => {
      for (const proxy of proxies) await proxy.close()
    },
  }
}
