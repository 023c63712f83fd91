// Starts a program with another Node as if it were this process: same terminal, signals passed on, same end.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {(error: Error) => void} failed called when the command cannot be started at all
 */
export function startAgain(command, args, failed) {
  const child = spawn(command, args, { stdio: 'inherit' })
  child.on('error', failed)

  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C and Ctrl-\ to the whole group: passed on as well, the child would get them twice.
      const fromTerminal = (signal === 'SIGINT' || signal === 'SIGQUIT') && process.stdin.isTTY
      if (!fromTerminal) child.kill(signal)
    })
  }

  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1
      return
    }
    // End the way the child ended, so that a shell sees the signal; the exit code covers a signal that does not end us.
    process.exitCode = 128 + (constants.signals[signal] ?? 0)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
