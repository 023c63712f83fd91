// `firebreak verify`: whether a journal is what was written, link by link, and what checkpoints kept elsewhere say.
import { readFileSync } from 'node:fs'
import { InvalidArgumentError, type Command } from 'commander'
import { parseCheckpoints } from '../journal/checkpoint.ts'
import { verifyJournal } from '../journal/verify.ts'
import { UserError } from '../model/errors.ts'
import type { Address } from '../model/hex.ts'
import { carryOut, command } from './command.ts'
import type { ExitCode, Io } from './io.ts'
import { journalFile, type JournalChoice } from './open-journal.ts'
import { defaultPlan } from './open-plan.ts'
import { countText } from './words.ts'

interface VerifyOptions extends JournalChoice {
  readonly against?: string
  readonly signer: readonly Address[]
  readonly json?: boolean
}

export function verifyCommand(): Command {
  return command({
    name: 'verify',
    about: 'Check every hash, link and private value of a journal. Reads only. Exit 1 when something is not what was written.',
    example: 'firebreak verify --against checkpoints.jsonl --signer 0x…',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--journal <file>', 'the record (default: .firebreak/ beside the plan)')
    .option('--against <file>', 'signed checkpoints that were kept elsewhere, one a line: they show a cut-off end and a rewrite')
    .option('--signer <address>', 'whose checkpoints count (repeatable); without it any signer’s do', addressIn, [])
    .action(async (options: VerifyOptions) => carryOut(options.json, (io) => verify(options, io)))
}

function addressIn(text: string, before: readonly Address[]): readonly Address[] {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return [...before, text as Address]
  throw new InvalidArgumentError('give an address: 0x and 40 hexadecimal digits')
}

async function verify(options: VerifyOptions, io: Io): Promise<ExitCode> {
  const path = await journalFile(options, io)
  const checkpoints = options.against === undefined ? [] : parseCheckpoints(textOf(options.against), options.against)
  if (options.against !== undefined && checkpoints.length === 0)
    throw new UserError({
      path: options.against,
      wrong: 'holds no checkpoint',
      mend: 'give the file that checkpoints were written to, one a line',
    })
  const found = verifyJournal(path, { checkpoints, ...(options.signer.length > 0 ? { signers: options.signer } : {}) })
  io.document({ path, checkpoints: checkpoints.length, ...found })
  if (checkpoints.length > 0 && options.signer.length === 0)
    io.note(
      `${io.paint('yellow', 'warning')} no signer is named, so anybody may have made these checkpoints: give --signer (they say ${[...new Set(checkpoints.map((one) => one.signer))].join(', ')}; compare it with what \`run\` said)`,
    )
  const entries = countText(found.entries, 'entry', 'entries')
  if (found.ok) io.say(`${io.paint('green', 'whole')}: ${entries}, each what was written and linked to the one before`)
  else io.say(`${io.paint('red', 'NOT WHOLE')}: ${countText(found.problems.length, 'problem')} in ${entries}`)
  for (const { kind, seq, wrong } of found.problems)
    io.say(`  ${io.paint('red', '✗')} ${seq === undefined ? 'file' : `entry ${seq}`} ${io.paint('bold', kind)}: ${wrong}`)
  io.say(`  journal    ${found.journal ?? 'unknown'}`)
  io.say(`  last hash  ${found.lastHash ?? 'none'}`)
  if (found.waiting > 0)
    io.say(`  ${countText(found.waiting, 'entry waits', 'entries wait')} in the overflow file; the next run takes them in`)
  for (const { seq, field } of found.redacted) io.say(`  entry ${seq}: '${field}' was forgotten on purpose; its commitment stands`)
  if (checkpoints.length > 0 && found.ok)
    io.say(
      `  agrees with ${countText(checkpoints.length, 'checkpoint')}${options.signer.length > 0 ? '' : ', whoever signed them (--signer)'}`,
    )
  if (checkpoints.length === 0)
    io.say(
      io.paint(
        'dim',
        '  A chain alone does not show a cut-off end or a complete rewrite: compare it with checkpoints kept elsewhere (--against).',
      ),
    )
  return found.ok ? 0 : 1
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new UserError({ path: file, wrong: 'cannot be read', mend: 'give the file that checkpoints were written to' })
  }
}
