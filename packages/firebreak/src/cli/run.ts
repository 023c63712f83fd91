// `firebreak run`: watches the plan's chains until it is stopped. In shadow unless armed.
import { join } from 'node:path'
import type { Command } from 'commander'
import { canonical } from '../base/canonical.ts'
import type { Connected } from '../engine/connect.ts'
import { realContext } from '../engine/context.ts'
import type { Effect, Input } from '../engine/inputs.ts'
import type { KeepChecking } from '../engine/keep-checking.ts'
import type { Engine } from '../engine.ts'
import { goLive } from '../engine/live.ts'
import { rebuild } from '../engine/rebuild.ts'
import { recorder } from '../engine/recording.ts'
import { isFields } from '../journal/chain.ts'
import { openJournal } from '../journal/sqlite/journal.ts'
import { UserError } from '../model/errors.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { noCodeFaults } from '../readiness/no-code.ts'
import { folderOf } from '../responders/proposals/folder.ts'
import type { Journal } from '../stages.ts'
import { carryOut, command } from './command.ts'
import { storyOf } from './story.ts'
import type { ExitCode, Io } from './io.ts'
import { defaultPlan, openPlan, stateFolder } from './open-plan.ts'
import { checkpointsOf, type RunCheckpoints } from './run-checkpoints.ts'
import { blocksOf, checksOf } from './run-checks.ts'
import { letPeopleIn, statusText } from './run-people.ts'
import { voiceOf } from './run-voice.ts'
import { defaultMegabytes, watchdogOf } from './run-watchdog.ts'
import { supervise, watchingNow } from './supervise.ts'

interface RunOptions {
  readonly plan: string
  readonly armed?: boolean
  readonly journal?: string
  readonly record?: string
  readonly checkpoints?: string
  readonly checkEvery: string
  readonly maxMemory: string
  readonly restart?: boolean
  readonly json?: boolean
}

/** What a run is made of besides its plan; tests put faults here. */
export interface RunParts {
  readonly openJournal: typeof openJournal
  readonly context: typeof realContext
}

export function runCommand(parts: RunParts = { openJournal, context: realContext }): Command {
  return command({
    name: 'run',
    about: 'Watch the plan’s chains: every block, every waiting transaction. Shadow unless --armed: then brakes are pulled.',
    example: 'firebreak run --plan firebreak.plan.ts --armed',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--armed', 'unlock the keys and pull brakes; without it nothing is ever sent')
    .option('--journal <file>', 'where the record is kept (default: .firebreak/ beside the plan)')
    .option('--record <file>', 'write a recording that `firebreak replay` repeats')
    .option('--checkpoints <file>', 'append signed heads of the record to this file, for `firebreak verify --against`')
    .option('--check-every <blocks>', 'repeat the readiness check every so many blocks; 0 for never', '50')
    .option('--max-memory <MB>', 'end the process above this, naming the watch that took it', defaultMegabytes)
    .option('--restart', 'start again whenever the run ends without having been asked to')
    .action(async (options: RunOptions) =>
      carryOut(options.json, (io) => (options.restart ? supervise(withoutRestart(process.argv), io) : run(options, io, parts))),
    )
}

/** For an orderly end without anybody who would wait longer. */
const orphanMs = 5_000

const withoutRestart = ([, ...args]: readonly string[]): readonly string[] => args.filter((word) => word !== '--restart')

/** A changed plan takes effect only when somebody accepts it; the first one is accepted by running it. */
function requireAccepted(plan: ResolvedPlan, accepted: { readonly hash: string } | undefined): 'first' | 'accepted' {
  if (!accepted) return 'first'
  if (accepted.hash === plan.hash) return 'accepted'
  throw new UserError({
    path: 'plan',
    wrong: `has changed: ${plan.hash} is not the accepted ${accepted.hash}`,
    mend: `look at the difference and accept it: firebreak accept ${plan.hash}`,
  })
}

const hasRun = (journal: Pick<Journal, 'read'>, plan: ResolvedPlan): boolean =>
  [...journal.read({ kinds: ['started'] })].some(({ body }) => isFields(body) && body['plan'] === plan.hash)

/** For a plan's first start only: a contract that is destroyed later must not keep the other brakes from a restart. */
async function requireCode(plan: ResolvedPlan, nodes: ReadonlyMap<string, Pick<Connected, 'node'>>): Promise<void> {
  const faults = await Promise.all([...nodes.values()].map(({ node }) => noCodeFaults(plan, node)))
  if (faults.flat().length > 0) throw new UserError(faults.flat())
}

async function run(options: RunOptions, io: Io, parts: RunParts): Promise<ExitCode> {
  const opened = await openPlan(options.plan, io)
  const { plan, secret, journalPath } = opened
  const everyBlocks = blocksOf(options.checkEvery)
  const path = journalPath(options.journal)
  const dog = watchdogOf(plan, path, options.maxMemory, io)
  const store = parts.openJournal(path, {
    refuse: io.secrets.found,
    onTrouble: (error) => io.note(`journal: ${error instanceof Error ? error.message : String(error)}`),
  })
  const armed = options.armed === true
  let running: Engine | undefined
  const tell = storyOf(io, () => running?.core.disarmed())
  let stopping: (() => void) | undefined
  const stopped = new Promise<void>((done) => {
    stopping = done
  })
  let checkpoints: RunCheckpoints | undefined
  let stopVoice: (() => Promise<void>) | undefined
  try {
    const first = requireAccepted(plan, rebuild(store).accepted) === 'first'
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping?.())
    // Whoever was to start us again is gone: nobody would know of us.
    process.once('disconnect', () => {
      stopping?.()
      setTimeout(() => process.exit(1), orphanMs).unref()
    })
    // The checks need the engine, and the engine tells them of each block.
    const told: KeepChecking[] = []
    const context = parts.context((what) => io.note(`${io.paint('yellow', 'trouble')} ${what}`))
    const voice = voiceOf({ opened, journal: store, armed, io, context })
    stopVoice = voice.stop
    const { journal } = voice
    const signed = checkpointsOf({ file: options.checkpoints, hook: voice.checkpoint, journal, secret, io, context })
    checkpoints = signed
    const { engine, gas } = await goLive({
      plan: dog.plan,
      journal,
      armed,
      secret,
      secrets: io.secrets,
      context,
      keyLocks: join(stateFolder(process.env), 'keys'),
      proposals: folderOf(path),
      ...(options.record ? { recorder: recorder(options.record) } : {}),
      onInput: (input: Input, effects: readonly Effect[]) => {
        tell.onInput(input, effects)
        signed?.onEffects(effects)
      },
      // Only now: a plan that never came to run is corrected without asking anybody to accept the correction.
      beforeStart: async (nodes) => {
        if (!hasRun(journal, plan)) await requireCode(plan, nodes)
        const now = Date.now()
        // A full disk is no reason not to watch: the brakes still work, and what is said here is taken in later.
        journal.appendOrOverflow([
          ...(first ? [{ kind: 'plan' as const, at: now, body: { hash: plan.hash, canonical: plan.canonical } }] : []),
          { kind: 'started', at: now, body: { plan: plan.hash, armed } },
          ...(signed?.entries(now) ?? []),
        ])
        signed?.begin()
      },
      onMoment: (moment) => {
        voice.judged(moment.chain, moment.block.number)
        for (const checks of told) checks.onBlock(moment.chain, moment.block.number)
      },
    })
    running = engine
    voice.attach(engine)
    dog.begin(engine)
    const checks = checksOf({ opened, io, armed, engine, gas, journal, context, everyBlocks })
    told.push(checks)
    for (const { chain, head } of engine.counts()) checks.onBlock(chain, head)
    const closeDoor = await letPeopleIn({ plan, armed, engine, journal, now: context.now })
    io.note(
      `${io.paint('bold', plan.name)} ${statusText(plan, armed, engine, io.paint)} · plan ${plan.hash.slice(0, 10)} · journal ${path} · pid ${process.pid}`,
    )
    process.send?.(watchingNow)
    await stopped
    io.note('stopping')
    closeDoor()
    await checks.stop()
    await engine.stop()
    journal.appendOrOverflow([{ kind: 'stopped', at: Date.now(), body: { counts: engine.counts().map((one) => canonical(one)) } }])
    io.document({ plan: plan.hash, armed, counts: engine.counts(), incidents: engine.core.incidents().length })
    return 0
  } finally {
    await checkpoints?.stop()
    await stopVoice?.()
    await dog.stop()
    store.close()
  }
}
