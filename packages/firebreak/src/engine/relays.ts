// The private relays of a plan, by chain, as a running engine and a check speak with them.
import type { Secrets } from '../base/secrets.ts'
import type { SecretRef } from '../model/brake.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { relayOf, type Relay } from '../responders/relay/relay.ts'

export function relaysOf(
  plan: ResolvedPlan,
  { secret, secrets }: { readonly secret: (ref: SecretRef) => string; readonly secrets: Secrets },
): ReadonlyMap<string, Relay> {
  const opened = (ref: SecretRef): string => {
    const value = secret(ref)
    secrets.add(value)
    return value
  }
  return new Map(
    plan.chains.flatMap(({ name, relay }) =>
      relay
        ? [
            [
              name,
              relayOf({
                ...relay,
                url: opened(relay.url),
                auth: relay.auth && opened(relay.auth),
                path: `chains.${name}.relay`,
                redact: secrets.redact,
              }),
            ] as const,
          ]
        : [],
    ),
  )
}

/** To see whether they are there, nobody's key is needed. */
export const withoutRelayKeys = (plan: ResolvedPlan): ResolvedPlan => ({
  ...plan,
  chains: plan.chains.map((chain) => (chain.relay ? { ...chain, relay: { ...chain.relay, auth: undefined } } : chain)),
})
