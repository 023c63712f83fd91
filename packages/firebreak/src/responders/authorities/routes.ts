// The routes of a plan: one for each authority that is no key of its own.
import { isKey } from '../../base/keys.ts'
import type { Authority } from '../../model/brake.ts'
import type { Route } from '../../model/route.ts'
import { accessManagerRoute } from './access-manager.ts'
import { bravoRoute } from './bravo.ts'
import { governorRoute } from './governor.ts'
import { nobodySigned, safeRoute, type Collected } from './safe.ts'
import { timelockRoute } from './timelock.ts'

/** `collected`: what people sent so far; a check or a comparison does without. */
export function routesOf(authorities: readonly Authority[], collected: Collected = nobodySigned): ReadonlyMap<string, Route> {
  return new Map(authorities.flatMap((authority) => (isKey(authority) ? [] : [[authority.name, routeOf(authority, collected)] as const])))
}

function routeOf(authority: Exclude<Authority, { kind: 'key' }>, collected: Collected): Route {
  switch (authority.kind) {
    case 'safe':
      return safeRoute(authority, collected)
    case 'timelock':
      return timelockRoute(authority)
    case 'accessManager':
      return accessManagerRoute(authority)
    case 'governor':
      return authority.flavour === 'bravo' ? bravoRoute(authority) : governorRoute(authority)
    default:
      return authority satisfies never
  }
}
