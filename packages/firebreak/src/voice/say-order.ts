// What is told of people's orders: who did what, and what follows from it.
import { bodyOf, type Drafted, type Heard, type Said } from './draft.ts'

export function orderSayings(message: Drafted): (heard: Heard) => readonly Said[] {
  return (heard) => {
    const { order, brake, incident } = bodyOf<{ readonly order: string; readonly brake?: string; readonly incident?: string }>(heard)
    const by = heard.by ? ` by ${heard.by}` : ''
    const what = brake ?? 'every brake'
    const fields = { order, brake: brake ?? null, by: heard.by ?? null }
    switch (order) {
      case 'ack':
        return [
          message(heard, {
            kind: 'acknowledged',
            level: 'incident',
            ...about(incident),
            fields,
            said: `${heard.by ?? 'Somebody'} has ${incident}.`,
          }),
          { settles: incident ?? '', answered: true },
        ]
      case 'dismiss':
        return [
          message(heard, {
            kind: 'dismissed',
            level: 'incident',
            ...about(incident),
            fields,
            said: `${incident} was dismissed${by}: it is no attack; brakes that hold stay until they are released.`,
          }),
          { settles: incident ?? '', answered: true },
        ]
      case 'disarm':
        return [
          message(heard, {
            kind: 'disarmed',
            level: 'proposal',
            fields,
            command: 'firebreak arm',
            said: `DISARMED${by}: of ${what} nothing is sent until \`firebreak arm\`.`,
          }),
        ]
      case 'arm':
        return [message(heard, { kind: 'armed', level: 'proposal', fields, said: `Armed again${by}: ${what}.` })]
      default:
        return [message(heard, { kind: 'ordered', level: 'incident', fields, said: `Ordered${by}: ${order} ${what}.` })]
    }
  }
}

const about = (incident: string | undefined): { readonly incident?: string; readonly command?: string } =>
  incident === undefined ? {} : { incident, command: `firebreak incident ${incident}` }
