// The watchdog's own thread: sees that the program's loop stands still or that its memory runs away, names the detector, and ends the process.
import { writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { addLeftOut } from './left-out.ts'
import { beat, runs, type Heaviest, type Watched } from './shared.ts'

const lookMs = 100
const { numbers, plan, watches, blockedMs, mostBytes, leftOut } = workerData as Watched

let lastBeat = Atomics.load(numbers, beat)
let movedAt = performance.now()
let lookedAt = movedAt
let said = false
let heavy = false
let heaviest: string | undefined

parentPort?.on('message', ({ watch }: Heaviest) => {
  heaviest = watch
})

const say = (line: string): void => void writeSync(2, `watchdog: ${line}\n`)
const running = (): string | undefined => watches[Atomics.load(numbers, runs) - 1]
const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`

/** Nothing is lost by a hard end: that is what the journal is for. Everything softer needs the loop that stands still. */
function end(watch: string | undefined, why: string): void {
  say(
    `${watch === undefined ? why : `the watch ${watch} ${why}`}; ending the process${watch === undefined ? '' : ', the next start leaves this watch out'}`,
  )
  try {
    if (watch !== undefined) addLeftOut(leftOut, { plan, watch, why, at: Date.now() })
  } catch (error) {
    say(`it could not be noted: ${error instanceof Error ? error.message : String(error)}`)
  }
  process.kill(process.pid, 'SIGKILL')
}

function look(): void {
  const now = performance.now()
  const beats = Atomics.load(numbers, beat)
  // The whole machine slept, or gave this thread no time either: that says nothing about the program.
  const overslept = now - lookedAt > lookMs * 10
  lookedAt = now
  if (beats !== lastBeat || overslept) {
    if (said && beats !== lastBeat) say('the loop moves again')
    lastBeat = beats
    movedAt = now
    said = false
  }
  const still = now - movedAt
  if (still > blockedMs && !said) {
    said = true
    say(`the loop has stood still for ${Math.round(still)} ms${running() === undefined ? '' : ` in the watch ${running()}`}`)
  }
  const patience = running() === undefined ? 10 : 2
  if (still > patience * blockedMs) end(running(), `blocked the loop for ${Math.round(still / 1_000)} s`)
  remember(process.memoryUsage.rss())
}

function remember(bytes: number): void {
  if (bytes > mostBytes)
    end(running() ?? heaviest, `took the memory of the process to ${megabytes(bytes)} (at most ${megabytes(mostBytes)})`)
  if (bytes > mostBytes * 0.7 && !heavy) {
    heavy = true
    say(`the process uses ${megabytes(bytes)} of at most ${megabytes(mostBytes)}`)
    parentPort?.postMessage({ kind: 'heavy', bytes })
  }
  if (bytes < mostBytes * 0.6) heavy = false
}

setInterval(look, lookMs)
