// `firebreak arm`: ends a `disarm`. What is wanted at that moment goes out with the next block, so it is shown first.
import type { Command } from 'commander'
import { disarmedOf } from '../base/arming.ts'
import { UserError } from '../model/errors.ts'
import { confirmed } from './by-hand.ts'
import { carryOut, command } from './command.ts'
import type { ExitCode, Io } from './io.ts'
import { defaultPlan } from './open-plan.ts'
import { addresseeOf, finish, give, recordOf, whoAmI, type Addressee, type OrderOptions } from './order.ts'

interface ArmOptions extends OrderOptions {
  readonly brake?: string
}

export function armCommand(): Command {
  return command({
    name: 'arm',
    about:
      'End a `disarm`: brakes are pulled again, those that are wanted by now with the next block. An instance without --armed stays in shadow.',
    example: 'firebreak arm --because "the watch is fixed"',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--journal <file>', 'the record (default: .firebreak/ beside the plan)')
    .option('--brake <name>', 'this brake alone')
    .option('--because <reason>', 'why; sealed in the record')
    .option('--yes', 'do not ask; needed where there is no terminal to ask on and something would be sent')
    .action(async (options: ArmOptions) => carryOut(options.json, (io) => arm(options, io)))
}

async function arm(options: ArmOptions, io: Io): Promise<ExitCode> {
  const to = await addresseeOf(options, io)
  const waiting = wouldBeSent(to, options.brake)
  if (waiting.length > 0 && !(await agreed(waiting, options, io))) {
    io.document({ order: 'arm', ok: false, said: 'nobody said yes; nothing was changed' })
    return 1
  }
  const about = options.brake === undefined ? {} : { brake: options.brake }
  const reply = await give({ order: 'arm', ...about, by: whoAmI(), because: options.because ?? '' }, to, io)
  return finish(reply, { order: 'arm', brake: options.brake ?? null }, io)
}

function wouldBeSent(to: Addressee, brake: string | undefined): readonly string[] {
  const record = recordOf(to)
  if (!record) return []
  const { desires, disarmed } = record.memory
  const wanted = desires.flatMap((one) =>
    one.status === 'wanted' && one.until > Date.now() && (brake === undefined || one.brake === brake) ? [one.brake] : [],
  )
  return disarmedOf(disarmed, [...new Set(wanted)])
}

async function agreed(waiting: readonly string[], options: ArmOptions, io: Io): Promise<boolean> {
  io.note(`${io.paint('yellow', 'wanted')} since it was disarmed, and sent with the next block: ${waiting.join(', ')}`)
  if (options.yes) return true
  const yes = await confirmed('Arm?')
  if (yes === undefined)
    throw new UserError({
      path: 'arm',
      wrong: `would send ${waiting.join(', ')}, and there is no terminal to ask on`,
      mend: 'add --yes to arm all the same, or dismiss the incident first',
    })
  return yes
}
