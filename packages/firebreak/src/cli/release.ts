// `firebreak release <brake>`: ends our wish for a brake, and carries out its undo where it declares one and a person said yes.
import type { Command } from 'commander'
import { encodeRead } from '../chain/codec/encode-read.ts'
import { conditionHolds } from '../base/condition.ts'
import { realContext } from '../engine/context.ts'
import { createCore } from '../engine/core.ts'
import { rebuild } from '../engine/rebuild.ts'
import { openJournal } from '../journal/sqlite/journal.ts'
import { UserError } from '../model/errors.ts'
import { postsAbove } from '../readiness/powers.ts'
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
import type { BrakeOrder } from './obey.ts'
import { defaultPlan } from './open-plan.ts'

interface ReleaseOptions extends ByHandOptions {
  /** False with `--no-undo`. */
  readonly undo: boolean
}

export function releaseCommand(): Command {
  return command({
    name: 'release',
    arguments: '<brake>',
    about: 'End our wish for a brake. If the brake declares an undo, carry it out too, after a confirmation.',
    example: 'firebreak release pauseVault --because "patched and reviewed"',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--journal <file>', 'where the record is kept (default: .firebreak/ beside the plan)')
    .option('--because <reason>', 'why; sealed in the record')
    .option('--no-undo', 'only stop wanting it; send nothing')
    .option('--yes', 'do not ask; needed where there is no terminal to ask on')
    .option('--wait <seconds>', 'how long to wait until it no longer holds', '180')
    .action(async (brake: string, options: ReleaseOptions) => carryOut(options.json, (io) => release(brake, options, io)))
}

async function release(name: string, options: ReleaseOptions, io: Io): Promise<ExitCode> {
  const subject = await subjectOf(name, options, io)
  const { brake } = subject
  const undoes = options.undo && brake.undo.length > 0
  const look = await lookAt(subject, io).catch((error: unknown) => {
    // Without an undo nothing is sent: then the chain may be out of reach.
    if (undoes) throw error
    return undefined
  })
  try {
    const holds = look && (await holdsNow(subject, look))
    const sends = undoes && holds !== false
    show(subject, sends, holds, look, io)
    const answer = { brake: name, chain: brake.chain, wishesEnded: subject.desires.length }
    if (!sends) await sayWhoElse(subject, look, holds, io)
    const undo = look?.report.brakes[0]?.routes[0]?.undo
    if (sends && undo?.kind === 'fails') return failed(io, answer, `its undo would fail: ${undo.why}`, '--no-undo only stops wanting it')
    await agree(name, sends, options, io)
    return await order(subject, look, sends, options, answer, io)
  } catch (error) {
    if (error instanceof Declined) return failed(io, { brake: name }, 'nobody said yes; nothing was changed')
    throw error
  } finally {
    await look?.close()
  }
}

class Declined extends Error {}

/** What gives freedom back is never done without a yes. */
async function agree(name: string, sends: boolean, options: ReleaseOptions, io: Io): Promise<void> {
  if (options.yes) return
  const yes = await confirmed(
    sends ? `${io.paint('yellow', 'This gives freedom back.')} Release ${name} and send its undo?` : `Stop wanting ${name}?`,
  )
  if (yes === false) throw new Declined()
  if (yes === undefined && sends)
    throw new UserError({
      path: 'release',
      wrong: `would send the undo of ${name}, and there is no terminal to ask on`,
      mend: 'add --yes to send it, or --no-undo only to stop wanting it',
    })
}

async function order(
  subject: Subject,
  look: Look | undefined,
  sends: boolean,
  options: ReleaseOptions,
  answer: object,
  io: Io,
): Promise<ExitCode> {
  const name = subject.brake.name
  const given = orderOf(subject, 'release', options.because, sends)
  const reply = await knock(subject.journal, given)
  if (reply && !reply.ok)
    return failed(io, answer, reply.said, reply.shadow ? 'stop it, then release again: one record has one writer' : undefined)
  if (reply) {
    io.note(reply.said)
    const between = sends ? waitsFor(subject) : undefined
    if (between) io.note(between)
    if (!sends || !look) return done(io, { ...answer, by: 'running instance' }, `${name} is not wanted any more`)
    const block = await untilHolds(subject, look, false)
    if (block === undefined)
      return failed(
        io,
        answer,
        `the running instance took the order, and it still holds after ${subject.waitMs / 1_000} seconds`,
        between && `the order stands: ${between}`,
      )
    return done(
      io,
      { ...answer, by: 'running instance', block },
      `${io.paint('green', 'RELEASED')} ${name} at block ${block}, by the running instance`,
    )
  }
  if (!sends) {
    endWish(subject, given, io)
    return done(io, { ...answer, by: 'this process' }, `${name} is not wanted any more`)
  }
  io.note('no instance is running: releasing with this process')
  const outcome = await carryOutAlone(subject, given, subject.journal, look?.report, io)
  if (!outcome.ok) return failed(io, answer, outcome.why)
  const by = outcome.tx ? `by ${outcome.tx}` : 'by someone else'
  return done(
    io,
    { ...answer, by: 'this process', tx: outcome.tx, block: outcome.block },
    `${io.paint('green', 'RELEASED')} ${name} at block ${outcome.block} ${by}`,
  )
}

/** Without anything to send it takes the record alone: neither keys nor a node. */
function endWish({ plan, journal: path }: Subject, given: BrakeOrder, io: Io): void {
  const journal = openJournal(path, { refuse: io.secrets.found })
  try {
    const core = createCore(plan, rebuild(journal).memory, () => false)
    const effects = core.step({ kind: 'order', at: realContext(io.note).now(), ...given })
    for (const effect of effects) if (effect.kind === 'record') journal.append(effect.entries)
  } finally {
    journal.close()
  }
}

async function holdsNow({ brake }: Subject, { nodes }: Look): Promise<boolean | undefined> {
  const node = nodes.get(brake.chain)?.node
  return node && conditionHolds(brake.holds, await node.read((await node.head()).hash, [brake.holds.probe]))
}

function show(
  { plan, brake, authority, chainId, desires }: Subject,
  sends: boolean,
  holds: boolean | undefined,
  look: Look | undefined,
  io: Io,
): void {
  io.say(`${io.paint('bold', `release ${brake.name}`)} of ${plan.name}, on ${brake.chain} (chain ${chainId})`)
  io.say(
    `  holds    ${holds === undefined ? 'unknown' : holds ? 'yes' : 'no, so there is nothing to undo'}${look ? ` at block ${look.report.chains[0]?.block ?? ''}` : ''}`,
  )
  for (const desire of desires)
    io.say(
      `  ends     our wish of ${new Date(desire.since).toISOString().slice(0, 16).replace('T', ' ')}${desire.incident ? ` for ${desire.incident}` : ', by a person’s order'}`,
    )
  if (desires.length === 0) io.say('  ends     nothing in this record: we do not want it')
  if (!sends) return
  for (const call of brake.undo) io.say(`  sends    ${io.paint('bold', call.label)} at ${call.to}`)
  io.say(`  from     ${authority.name}, ${authority.address}`)
}

/** Who can let go when we do not. */
async function sayWhoElse({ plan, brake }: Subject, look: Look | undefined, holds: boolean | undefined, io: Io): Promise<void> {
  if (holds === false) return
  io.say(brake.undo.length === 0 ? `  sends    nothing: ${brake.name} declares no undo` : '  sends    nothing')
  const node = look?.nodes.get(brake.chain)?.node
  if (!node) return
  const posts = postsAbove(plan, brake.chain, [...new Set(brake.calls.map((call) => call.to))], encodeRead)
  const answers = await node.read(
    (await node.head()).hash,
    posts.map((post) => post.probe),
  )
  const known = posts.flatMap(({ label, probe }) => {
    const read = probe.of(answers)
    return read.ok && typeof read.value === 'string' && !/^0x0+$/.test(read.value) ? [`${label}: ${read.value}`] : []
  })
  io.say(
    `  others   ${known.length > 0 ? `who may be able to release it: ${known.join('; ')}` : 'the contract does not say who can release it: ask its governance'}`,
  )
}

function done(io: Io, document: object, said: string): ExitCode {
  io.say(said)
  io.document({ ...document, ok: true })
  return 0
}

function failed(io: Io, document: object, why: string, mend?: string): ExitCode {
  io.note(`${io.paint('red', 'not released')}: ${why}`)
  if (mend) io.note(`      ${io.paint('dim', 'mend:')} ${mend}`)
  io.document({ ...document, ok: false, why })
  return 1
}
