// Moves an incident along: open → containing → contained → closed, from the state of its brakes and the time since the last signal.
import type { Desire } from '../model/brake.ts'
import type { Incident, IncidentStatus } from '../model/incident.ts'

/** The status that the facts give; people's orders go through desires, never around them. */
export function statusOf(incident: Incident, desires: readonly Desire[], now: number, quietMs: number): IncidentStatus {
  if (incident.status === 'merged' || incident.status === 'closed') return incident.status
  const ours = desires.filter((desire) => desire.incident === incident.id)
  if (ours.some((desire) => desire.status === 'wanted' && !desire.asks)) return 'containing'
  const quiet = now - incident.lastSignalAt >= quietMs
  if (ours.some((desire) => desire.status === 'holding')) return 'contained'
  // Whoever was asked may still be signing: what ends that is their answer, the end of the wish, or a dismissal.
  return quiet && !ours.some((desire) => desire.status === 'wanted') ? 'closed' : 'open'
}
