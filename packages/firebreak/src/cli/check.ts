// `firebreak check`: simulates every brake of a plan from its real authority, and says what works, how long it takes and what it costs.
import type { Command } from 'commander'
import { connectAll } from '../engine/connect.ts'
import { realContext } from '../engine/context.ts'
import { relaysOf, withoutRelayKeys } from '../engine/relays.ts'
import { secretOpens } from '../engine/unlock.ts'
import { checkReadiness } from '../engine/readiness.ts'
import { ready, works } from '../readiness/report.ts'
import { carryOut, command } from './command.ts'
import { checkLines } from './check-words.ts'
import type { ExitCode, Io } from './io.ts'
import { defaultPlan, openPlan } from './open-plan.ts'
import { countText } from './words.ts'

interface CheckOptions {
  readonly plan: string
  /** False with `--no-keys`. */
  readonly keys: boolean
  readonly json?: boolean
}

export function checkCommand(): Command {
  return command({
    name: 'check',
    about: 'Simulate every brake from its real authority at the chain’s head. Sends nothing. Exit 1 when one would fail.',
    example: 'firebreak check --plan firebreak.plan.ts',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--no-keys', 'do not open the keys that the plan refers to: their addresses are enough to simulate')
    .action(async (options: CheckOptions) => carryOut(options.json, (io) => check(options, io)))
}

async function check(options: CheckOptions, io: Io): Promise<ExitCode> {
  const { plan, secret } = await openPlan(options.plan, io)
  const context = realContext((what) => io.note(`${io.paint('yellow', 'trouble')} ${what}`))
  const open = { secret, secrets: io.secrets, context }
  const nodes = await connectAll(plan, open)
  try {
    const report = await checkReadiness({
      plan,
      nodes,
      secretOf: (authority) => (options.keys ? secretOpens(plan, authority, open) : undefined),
      relays: relaysOf(options.keys ? plan : withoutRelayKeys(plan), open),
    })
    const fine = ready(report)
    io.say(`${io.paint('bold', plan.name)} ${io.paint('dim', `plan ${plan.hash.slice(0, 10)}`)}`)
    io.say()
    for (const line of checkLines(report, io.paint)) io.say(line)
    io.say()
    const working = report.brakes.filter(works).length
    const verdict = `${working} of ${countText(report.brakes.length, 'brake')} would work${fine || working < report.brakes.length ? '' : ', and not every key can be used (--no-keys leaves them alone)'}`
    io.say(fine ? `${io.paint('green', 'ready')}: ${verdict}` : `${io.paint('red', 'NOT READY')}: ${verdict}`)
    io.document({ plan: plan.name, hash: plan.hash, ready: fine, ...report })
    return fine ? 0 : 1
  } finally {
    for (const { node } of nodes.values()) await node.close()
  }
}
