// The shape of a command: one file each, added to the program in main.ts.
import { writeSync } from 'node:fs'
import { Command, type CommanderError } from 'commander'
import { explain, terminalIo, type ExitCode, type Io } from './io.ts'

export interface CommandInfo {
  readonly name: string
  /** `<required>` and `[optional]` words. */
  readonly arguments?: string
  readonly about: string
  readonly example: string
}

/** A command with `--json`, an example in its help, and errors that end it with 2. */
export function command(info: CommandInfo): Command {
  const built = new Command(info.name)
    .description(info.about)
    .option('--json', 'print one JSON document on stdout, everything else on stderr')
    .addHelpText('after', `\nExample:\n  $ ${info.example}`)
    .showHelpAfterError('(add --help for an example)')
    .exitOverride(leave)
  if (info.arguments) built.arguments(info.arguments)
  return built
}

/** Help and the version end with 0, a wrong word or option with 2: something has to be mended first. */
export function leave(error: CommanderError): never {
  if (error.exitCode === 0) process.exit(0)
  // Whoever asked for JSON reads the document, also when the words around it were wrong.
  if (process.argv.includes('--json')) {
    const fault = { path: 'command line', wrong: error.message.replace(/^error: /, ''), mend: 'add --help for an example' }
    writeSync(process.stdout.fd, `${JSON.stringify({ error: { faults: [fault] } }, undefined, 2)}\n`)
  }
  process.exit(2)
}

/** Runs a command's body and leaves with its exit code; connections and timers that linger do not keep the process. */
export async function carryOut(json: boolean | undefined, body: (io: Io) => Promise<ExitCode>): Promise<never> {
  const io = terminalIo(json === true)
  let code: ExitCode
  try {
    code = await body(io)
  } catch (error) {
    explain(error, io)
    code = 2
  }
  // Output to a pipe is written in the background: end only when it is out.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((done) => void stream.write('', () => done()))))
  process.exit(code)
}
