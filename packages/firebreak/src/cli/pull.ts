// `firebreak pull <brake>`: for people in a hurry. A running instance takes the order; otherwise this process pulls by itself.
import type { Command } from 'commander'
import { coinsText } from '../base/coins.ts'
import { feeOf } from '../readiness/gas.ts'
import type { RouteReport } from '../readiness/report.ts'
import {
  carryOutAlone,
  confirmed,
  lookAt,
  orderOf,
  subjectOf,
  untilHolds,
  waitsFor,
  type ByHandOptions,
  type Look,
  type Subject,
} from './by-hand.ts'
import { carryOut, command } from './command.ts'
import { knock } from './control.ts'
import type { ExitCode, Io } from './io.ts'
import { defaultPlan } from './open-plan.ts'
import { dollarsText } from './dollars.ts'
import { spanText } from './words.ts'

interface PullOptions extends ByHandOptions {
  readonly anyway?: boolean
}

export function pullCommand(): Command {
  return command({
    name: 'pull',
    arguments: '<brake>',
    about: 'Pull a brake now, by a person’s order. Shows what it will do, then does it and waits until the brake holds.',
    example: 'firebreak pull pauseVault --because "odd withdrawals, see the war room"',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--journal <file>', 'where the record is kept (default: .firebreak/ beside the plan)')
    .option('--because <reason>', 'why; sealed in the record')
    .option('--yes', 'do not ask')
    .option('--anyway', 'send it even if the simulation says that it would fail')
    .option('--wait <seconds>', 'how long to wait until it holds', '180')
    .action(async (brake: string, options: PullOptions) => carryOut(options.json, (io) => pull(brake, options, io)))
}

async function pull(name: string, options: PullOptions, io: Io): Promise<ExitCode> {
  const subject = await subjectOf(name, options, io)
  // A running instance needs nothing of ours: without a look at the chain the order can still be handed over.
  let look: Look | undefined
  let unseen: Error | undefined
  try {
    look = await lookAt(subject, io)
  } catch (error) {
    unseen = error instanceof Error ? error : new Error('the chain could not be looked at')
  }
  try {
    const route = look?.report.brakes[0]?.routes[0]
    show(subject, look, route, io)
    if (unseen) io.note(`  not simulated: ${unseen.message}`)
    const answer = { brake: name, chain: subject.brake.chain }
    if (route?.verdict.kind === 'holdsAlready' && !subject.releasing) {
      io.say(`${io.paint('green', 'HOLDS')} ${name} already; nothing was sent`)
      io.document({ ...answer, ok: true, sent: false, why: 'it holds already' })
      return 0
    }
    if (route?.verdict.kind === 'fails' && !options.anyway)
      return failed(io, answer, `it would fail: ${route.verdict.why}`, '--anyway sends it all the same')
    if (!options.yes && (await confirmed(`Pull ${name}?`)) === false) return failed(io, answer, 'nobody said yes; nothing was sent')
    return await order(subject, look, unseen, options, answer, io)
  } finally {
    await look?.close()
  }
}

async function order(
  subject: Subject,
  look: Look | undefined,
  unseen: Error | undefined,
  options: PullOptions,
  answer: object,
  io: Io,
): Promise<ExitCode> {
  const name = subject.brake.name
  const given = orderOf(subject, 'pull', options.because)
  const reply = await knock(subject.journal, given)
  if (reply?.ok) {
    io.note(reply.said)
    const between = waitsFor(subject)
    if (between) io.note(between)
    if (!look) return done(io, { ...answer, by: 'running instance' }, `taken: ask the running instance’s terminal whether ${name} holds`)
    const block = await untilHolds(subject, look, true, subject.releasing ? look.report.chains[0]?.block : undefined)
    if (block === undefined)
      return failed(
        io,
        answer,
        `the running instance took the order, and it does not hold after ${subject.waitMs / 1_000} seconds`,
        between && `the order stands: ${between}`,
      )
    return done(
      io,
      { ...answer, by: 'running instance', block },
      `${io.paint('green', 'HOLDS')} ${name} at block ${block}, by the running instance`,
    )
  }
  if (reply && !reply.shadow) return failed(io, answer, reply.said)
  if (unseen) throw unseen
  // Its journal has one writer: the record of this pull is a journal of its own.
  const journal = reply ? `${subject.journal}.by-hand` : subject.journal
  io.note(reply ? `${reply.said}; pulling with this process, record in ${journal}` : 'no instance is running: pulling with this process')
  const outcome = await carryOutAlone(subject, given, journal, look?.report, io)
  if (!outcome.ok) return failed(io, answer, outcome.why)
  const by = outcome.tx ? `by ${outcome.tx}` : 'by someone else'
  return done(
    io,
    { ...answer, by: 'this process', tx: outcome.tx, block: outcome.block },
    `${io.paint('green', 'HOLDS')} ${name} at block ${outcome.block} ${by}`,
  )
}

function show(
  { plan, brake, authority, chainId, releasing }: Subject,
  look: Look | undefined,
  route: RouteReport | undefined,
  io: Io,
): void {
  io.say(`${io.paint('bold', `pull ${brake.name}`)} of ${plan.name}, on ${brake.chain} (chain ${chainId})`)
  for (const call of brake.calls) io.say(`  calls    ${io.paint('bold', call.label)} at ${call.to}`)
  io.say(`  from     ${authority.name}, ${authority.address}`)
  io.say(`  costs    ${dollarsText(brake.costPerHour)} an hour while it holds; our wish ends after ${spanText(brake.lastsMs / 1_000)}`)
  if (releasing) io.say(`  instead  of a release that is still on its way`)
  const chain = look?.report.chains[0]
  if (!route || !chain) return
  const { verdict, gasUsed, gasLimits } = route
  const said =
    verdict.kind === 'works'
      ? io.paint('green', 'works')
      : verdict.kind === 'holdsAlready'
        ? 'holds already'
        : `${io.paint('red', 'would fail')}: ${verdict.why}`
  const used = gasUsed.reduce((sum, gas) => sum + gas, 0n)
  const fee =
    gasLimits.length > 0 ? `, ${used.toLocaleString('en-US')} gas, at most about ${coinsText(feeOf(gasLimits, chain.baseFee))} coins` : ''
  io.say(`  at block ${chain.block} in simulation: ${said}${fee}`)
}

function done(io: Io, document: object, said: string): ExitCode {
  io.say(said)
  io.document({ ...document, ok: true })
  return 0
}

function failed(io: Io, document: object, why: string, mend?: string): ExitCode {
  io.note(`${io.paint('red', 'not pulled')}: ${why}`)
  if (mend) io.note(`      ${io.paint('dim', 'mend:')} ${mend}`)
  io.document({ ...document, ok: false, why })
  return 1
}
