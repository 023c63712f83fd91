// `firebreak disarm`: from now on nothing is sent. What is decided is recorded, as in shadow.
import type { Command } from 'commander'
import { UserError } from '../model/errors.ts'
import { carryOut, command } from './command.ts'
import { defaultPlan } from './open-plan.ts'
import { addresseeOf, finish, give, whoAmI, type OrderOptions } from './order.ts'

interface DisarmOptions extends OrderOptions {
  readonly brake?: string
  readonly all?: boolean
}

export function disarmCommand(): Command {
  return command({
    name: 'disarm',
    about:
      'Send nothing any more: decisions are recorded as in shadow, and what waits in a node is neither sent again nor outbid. Outlives a restart, until `arm`.',
    example: 'firebreak disarm --because "false alarms since the upgrade"',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--journal <file>', 'the record (default: .firebreak/ beside the plan)')
    .option('--brake <name>', 'this brake alone')
    .option('--all', 'every brake; what happens when none is named')
    .requiredOption('--because <reason>', 'why; sealed in the record')
    .action(async (options: DisarmOptions) =>
      carryOut(options.json, async (io) => {
        if (options.all && options.brake !== undefined)
          throw new UserError({ path: '--all', wrong: `and --brake ${options.brake} contradict each other`, mend: 'give one of them' })
        const to = await addresseeOf(options, io)
        const about = options.brake === undefined ? {} : { brake: options.brake }
        const reply = await give({ order: 'disarm', ...about, by: whoAmI(), because: options.because ?? '' }, to, io)
        return finish(reply, { order: 'disarm', brake: options.brake ?? null }, io)
      }),
    )
}
