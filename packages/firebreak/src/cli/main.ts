// The entry of the `firebreak` command: one file per command, put together here.
import { Command } from 'commander'
import { acceptCommand } from './accept.ts'
import { approveCommand } from './approve.ts'
import { ackCommand } from './ack.ts'
import { armCommand } from './arm.ts'
import { checkCommand } from './check.ts'
import { leave } from './command.ts'
import { demoCommand } from './demo.ts'
import { disarmCommand } from './disarm.ts'
import { dismissCommand } from './dismiss.ts'
import { drillCommand } from './drill.ts'
import { incidentCommand } from './incident.ts'
import { incidentsCommand } from './incidents.ts'
import { initCommand } from './init.ts'
import { overview } from './overview.ts'
import { pullCommand } from './pull.ts'
import { releaseCommand } from './release.ts'
import { replayCommand } from './replay.ts'
import { runCommand } from './run.ts'
import { verifyCommand } from './verify.ts'

// Whoever reads along may go away (`| head`, a closed terminal, a full disk behind a log): no reason to stop watching.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

const program = new Command('firebreak')
  .description('Incident response for DeFi protocols, as code')
  .version('0.1.0')
  .showHelpAfterError('(firebreak --help lists the commands)')
  .exitOverride(leave)
  .addCommand(demoCommand())
  .addCommand(initCommand())
  .addCommand(checkCommand())
  .addCommand(runCommand())
  .addCommand(pullCommand())
  .addCommand(releaseCommand())
  .addCommand(ackCommand())
  .addCommand(dismissCommand())
  .addCommand(disarmCommand())
  .addCommand(armCommand())
  .addCommand(acceptCommand())
  .addCommand(approveCommand())
  .addCommand(incidentsCommand())
  .addCommand(incidentCommand())
  .addCommand(verifyCommand())
  .addCommand(replayCommand())
  .addCommand(drillCommand())

// A word that is no command is an error of its own; with no words at all people want to know where to begin.
if (process.argv.length <= 2) process.stdout.write(overview(process.stdout.isTTY && !process.env['NO_COLOR']))
else await program.parseAsync()
