// A detector of a user that throws, blocks or allocates without end: named, contained, and the others go on watching.
import { expect, test } from 'vitest'
import { brakeWaits, onStage, type Stage } from './run-scene.ts'

/** Goes wrong once somebody greets the vault, and not before. */
const onGreeting = (what: string): string =>
  `bad: detector({ kind: 'bad', reads: { paused: vault.read.paused() }, start: 0, step: (state, _now, moment) => {
    if (moment.kind === 'block' && !moment.past && moment.touched.length > 0) { ${what} }
    return { state }
  } }),`

async function greet({ scene }: Stage): Promise<void> {
  await scene.kit.broadcast((await scene.call(scene.owner, 'greet')).raw)
  await scene.kit.mine()
}

async function stillGuards({ scene }: Stage, firebreak: ReturnType<Stage['firebreak']>): Promise<void> {
  await scene.kit.broadcast((await scene.attack()).raw)
  await brakeWaits(scene)
  await scene.kit.mine()
  await firebreak.says(/HOLDS/)
  expect(await scene.held()).toBe(scene.whole)
}

test('one that throws fails alone and is named', async () => {
  await onStage({ plan: { watch: onGreeting("throw new Error('oops {')") } }, async (stage) => {
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    await greet(stage)
    await firebreak.says(/the detector bad failed: oops \{/)
    await stillGuards(stage, firebreak)
    expect(await firebreak.stop()).toBe(0)
  })
})

test('one that blocks is named, ended with the process, and left out of the next start', async () => {
  await onStage({ plan: { watch: onGreeting('for (;;) {}') } }, async (stage) => {
    const firebreak = stage.firebreak({ words: ['--restart'] })
    await firebreak.says(/ARMED/)
    await greet(stage)
    await firebreak.says(/watchdog: the loop has stood still for \d+ ms in the watch bad/)
    await firebreak.says(/restart .*SIGKILL/)
    await firebreak.says(/the watch bad is left out, because it blocked the loop/)
    await stillGuards(stage, firebreak)
    expect(await firebreak.stop()).toBe(0)
  })
})

test('one that allocates without end is named before the machine suffers', async () => {
  const hoard = 'const all = []; for (;;) all.push(new Array(10_000).fill(state))'
  await onStage({ plan: { watch: onGreeting(hoard) } }, async (stage) => {
    const firebreak = stage.firebreak({ words: ['--restart', '--max-memory', '400'] })
    await firebreak.says(/ARMED/)
    await greet(stage)
    await firebreak.says(/watchdog: the watch bad took the memory of the process to \d+ MB/)
    await firebreak.says(/the watch bad is left out/)
    await stillGuards(stage, firebreak)
    expect(await firebreak.stop()).toBe(0)
  })
})

test('one that is slow is timed and named, and goes on', async () => {
  const slowly = 'const until = performance.now() + 300; while (performance.now() < until);'
  await onStage({ plan: { watch: onGreeting(slowly) } }, async (stage) => {
    const firebreak = stage.firebreak()
    await firebreak.says(/ARMED/)
    await greet(stage)
    await firebreak.says(/the watch bad took \d+ ms for one moment/)
    await stillGuards(stage, firebreak)
    expect(await firebreak.stop()).toBe(0)
  })
})

test('whoever was to start it again is gone: the run ends too', async () => {
  await onStage({}, async (stage) => {
    const firebreak = stage.firebreak({ words: ['--restart'] })
    await firebreak.says(/pid \d+/)
    const pid = Number(/pid (\d+)/.exec(firebreak.troubles() + firebreak.said())?.[1])
    firebreak.kill()
    await firebreak.exited
    await expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(false)
  })
})

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a node that is away at a restart is waited for', async () => {
  await onStage({}, async ({ proxy, firebreak }) => {
    const one = firebreak({ words: ['--restart'] })
    await one.says(/ARMED/)
    const pid = Number(/pid (\d+)/.exec(one.troubles() + one.said())?.[1])
    proxy.refuse(true)
    process.kill(pid, 'SIGKILL')
    await one.says(/restart .*exit code 2/)
    proxy.refuse(false)
    await one.says(/ARMED/, 2)
    expect(await one.stop()).toBe(0)
  })
})
