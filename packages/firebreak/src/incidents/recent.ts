// Which incidents stay at hand: all that live, and the newest of those that are over; the journal has every one.
import type { Incident } from '../model/incident.ts'

/** Enough to know old signals again after a reorg, and to answer for what was just closed. */
const mostOver = 100
/** Forgetting takes some time, so it is done for several at once. */
const slack = 50

const over = (incident: Incident): boolean => incident.status === 'closed' || incident.status === 'merged'

/** The same list while there is little to forget. Incidents are in the order in which they were opened. */
export function recent(incidents: readonly Incident[]): readonly Incident[] {
  let surplus = incidents.length > mostOver ? incidents.filter(over).length - mostOver : 0
  if (surplus <= slack) return incidents
  return incidents.filter((incident) => !over(incident) || surplus-- <= 0)
}
