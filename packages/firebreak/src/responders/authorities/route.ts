// The interface that every authority beyond a hot key implements; its types live in model/, because check and decisions know them too.
export type { Rehearsal, Route, RouteStep } from '../../model/route.ts'
