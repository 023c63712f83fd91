// Wraps a command so that it dies with us, even when we are killed without warning, and cannot take more than its share of memory.
import { spawn, spawnSync } from 'node:child_process'

export interface Guarded {
  readonly file: string
  readonly args: readonly string[]
  /** For systems where the kernel does not do it: call this with the process's id. */
  readonly watch: (pid: number) => void
}

/** `sh` and `setpriv` are replaced by the command itself, so the process that is started has the command's own id. */
export function guarded(file: string, args: readonly string[], memoryCapMb: number): Guarded {
  if (hasSetpriv()) {
    // The data limit counts what is really writable; the address-space limit would count what is only reserved.
    const script = `ulimit -d ${memoryCapMb * 1024} && exec setpriv --pdeathsig KILL -- "$@"`
    return { file: 'sh', args: ['-c', script, 'sh', file, ...args], watch: () => undefined }
  }
  return { file, args, watch: (pid) => watch(pid, memoryCapMb) }
}

let found: boolean | undefined

function hasSetpriv(): boolean {
  found ??= process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true'], { stdio: 'ignore' }).status === 0
  return found
}

/** A second process that looks once a second, since one that is killed without warning cannot clean up. */
export function watch(pid: number, memoryCapMb: number): void {
  const script = `
    while kill -0 "$1" 2>/dev/null && kill -0 "$2" 2>/dev/null; do
      used=$(ps -o rss= -p "$2" | tr -d ' ')
      [ "\${used:-0}" -gt "$3" ] && break
      sleep 1
    done
    kill -9 "$2" 2>/dev/null`
  const watcher = spawn('sh', ['-c', script, 'sh', String(process.pid), String(pid), String(memoryCapMb * 1024)], {
    stdio: 'ignore',
    detached: true,
  })
  watcher.unref()
}
