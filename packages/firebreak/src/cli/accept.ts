// `firebreak accept <plan hash>`: shows what a changed plan does differently, and lets it take effect.
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { rebuild } from '../engine/rebuild.ts'
import { openJournal } from '../journal/sqlite/journal.ts'
import { JournalInUse } from '../journal/sqlite/lock.ts'
import { UserError } from '../model/errors.ts'
import type { ResolvedPlan } from '../model/plan.ts'
import { carryOut, command } from './command.ts'
import type { ExitCode, Io } from './io.ts'
import { defaultPlan, openPlan } from './open-plan.ts'
import { changesBetween, type Change } from './plan-changes.ts'

interface AcceptOptions {
  readonly plan: string
  readonly journal?: string
  readonly json?: boolean
}

export function acceptCommand(): Command {
  return command({
    name: 'accept',
    arguments: '[hash]',
    about: 'Show how the plan differs from the one that was accepted, and accept it. Without a hash it only shows, and ends with 1.',
    example: 'firebreak accept 0x6f1c… --plan firebreak.plan.ts',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--journal <file>', 'the record (default: .firebreak/ beside the plan)')
    .action(async (hash: string | undefined, options: AcceptOptions) => carryOut(options.json, (io) => accept(hash, options, io)))
}

type Accepted = { readonly hash: string; readonly canonical: string } | undefined

async function accept(hash: string | undefined, options: AcceptOptions, io: Io): Promise<ExitCode> {
  const { plan, journalPath } = await openPlan(options.plan, io)
  const path = journalPath(options.journal)
  const accepted = existsSync(path) ? acceptedIn(path) : undefined
  const changes = accepted && accepted.hash !== plan.hash ? changesBetween(accepted.canonical, plan.canonical) : []
  show(plan, accepted, changes, io)
  const answer = { plan: plan.name, hash: plan.hash, before: accepted?.hash ?? null, changes }
  if (hash !== undefined && hash.toLowerCase() !== plan.hash.toLowerCase())
    throw new UserError({
      path: 'hash',
      wrong: `${hash} is not this plan's: it is ${plan.hash}`,
      mend: 'look at the difference above, and accept the plan as it is now',
    })
  if (accepted?.hash === plan.hash) {
    io.document({ ...answer, accepted: true })
    return 0
  }
  if (hash === undefined) {
    io.say()
    io.say(
      `To let it take effect: firebreak accept ${plan.hash}${options.plan === defaultPlan ? '' : ` --plan ${options.plan}`}${options.journal ? ` --journal ${options.journal}` : ''}`,
    )
    io.document({ ...answer, accepted: false })
    return 1
  }
  write(path, plan, io)
  io.say()
  io.say(`${io.paint('green', 'accepted')} ${plan.hash}; it takes effect with the next start of \`firebreak run\``)
  io.document({ ...answer, accepted: true })
  return 0
}

function acceptedIn(path: string): Accepted {
  const journal = openJournal(path, { readOnly: true })
  try {
    return rebuild(journal).accepted
  } finally {
    journal.close()
  }
}

function write(path: string, plan: ResolvedPlan, io: Io): void {
  try {
    const journal = openJournal(path, { refuse: io.secrets.found })
    try {
      journal.append([{ kind: 'plan', at: Date.now(), body: { hash: plan.hash, canonical: plan.canonical } }])
    } finally {
      journal.close()
    }
  } catch (error) {
    if (!(error instanceof JournalInUse)) throw error
    throw new UserError({
      path,
      wrong: 'an instance is running with this journal, and it goes on with the plan that it was started with',
      mend: 'stop it, accept the plan, and start it again',
    })
  }
}

function show(plan: ResolvedPlan, accepted: Accepted, changes: readonly Change[], io: Io): void {
  io.say(`${io.paint('bold', plan.name)} ${plan.hash}`)
  if (!accepted) return io.say('no plan was accepted in this journal yet')
  if (accepted.hash === plan.hash) return io.say('is the accepted plan: nothing has changed')
  io.say(io.paint('dim', `accepted so far: ${accepted.hash}`))
  io.say()
  for (const { path, before, after } of changes) {
    if (before === undefined) io.say(`${io.paint('green', '+')} ${io.paint('bold', path)}: ${after}`)
    else if (after === undefined) io.say(`${io.paint('red', '-')} ${io.paint('bold', path)}: ${before}`)
    else {
      io.say(`${io.paint('yellow', '~')} ${io.paint('bold', path)}: ${before}`)
      io.say(`  ${' '.repeat(path.length)}→ ${after}`)
    }
  }
}
