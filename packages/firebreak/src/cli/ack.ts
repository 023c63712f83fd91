// `firebreak ack <incident>`: somebody has it. Stops the escalation of its messages, and changes nothing else.
import type { Command } from 'commander'
import { carryOut, command } from './command.ts'
import { defaultPlan } from './open-plan.ts'
import { addresseeOf, finish, give, whoAmI, type OrderOptions } from './order.ts'

export function ackCommand(): Command {
  return command({
    name: 'ack',
    arguments: '<incident>',
    about: 'Say that you have an incident: its messages are not escalated any further. Changes nothing else.',
    example: 'firebreak ack inc-1a2b3c4d5e --because "looking at it"',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--journal <file>', 'the record (default: .firebreak/ beside the plan)')
    .option('--because <words>', 'anything to add; sealed in the record')
    .action(async (incident: string, options: OrderOptions) =>
      carryOut(options.json, async (io) => {
        const to = await addresseeOf(options, io)
        const reply = await give({ order: 'ack', incident, by: whoAmI(), because: options.because ?? '' }, to, io)
        return finish(reply, { order: 'ack', incident }, io)
      }),
    )
}
