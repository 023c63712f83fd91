import type { Incident } from '../incidents/lifecycle.ts'

export const about = (incident: Incident): string => incident.id
