// The entry of the `firebreak` command: one file per command, put together here.
import { Command } from 'commander'
import { checkCommand } from './check.ts'
import { pullCommand } from './pull.ts'
import { releaseCommand } from './release.ts'
import { runCommand } from './run.ts'

const program = new Command('firebreak')
  .description('Incident response for DeFi protocols, as code')
  .version('0.1.0')
  .showHelpAfterError()
  .addCommand(checkCommand())
  .addCommand(pullCommand())
  .addCommand(releaseCommand())
  .addCommand(runCommand())

await program.parseAsync()
