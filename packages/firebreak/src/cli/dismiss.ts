// `firebreak dismiss <incident>`: people say that it is no attack. The incident closes, and our wishes for it end.
import type { Command } from 'commander'
import { carryOut, command } from './command.ts'
import { defaultPlan } from './open-plan.ts'
import { addresseeOf, finish, give, whoAmI, type OrderOptions } from './order.ts'

export function dismissCommand(): Command {
  return command({
    name: 'dismiss',
    arguments: '<incident>',
    about:
      'Say that an incident is no attack. It closes, what was not sent is not sent, and the same transactions do not open it again; new ones do. What holds on the chain stays until `release`.',
    example: 'firebreak dismiss inc-1a2b3c4d5e --because "our own migration"',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--journal <file>', 'the record (default: .firebreak/ beside the plan)')
    .requiredOption('--because <reason>', 'why; sealed in the record')
    .action(async (incident: string, options: OrderOptions) =>
      carryOut(options.json, async (io) => {
        const to = await addresseeOf(options, io)
        const reply = await give({ order: 'dismiss', incident, by: whoAmI(), because: options.because ?? '' }, to, io)
        return finish(reply, { order: 'dismiss', incident }, io)
      }),
    )
}
