// Runs the plan's own code while it is read: it has to come to an end, and it may not end the process.

export interface ReadOptions {
  /** A plan only describes: what takes longer waits for something. */
  readonly withinMs?: number
}

const usualMs = 15_000

/** What the plan did instead of describing; told like anything else that it throws. */
class PlanStrays extends Error {
  override readonly name: string = 'PlanStrays'
}

export async function readCode<out>(run: () => Promise<out>, { withinMs = usualMs }: ReadOptions = {}): Promise<out> {
  const exit = Object.getOwnPropertyDescriptor(process, 'exit')
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    // The timer also keeps the process alive: one that runs out of work in the middle of an import ends in silence.
    timer = setTimeout(() => reject(new PlanStrays(`it has not come to an end after ${withinMs / 1_000} s`)), withinMs)
  })
  process.exit = () => {
    throw new PlanStrays('it ends the process')
  }
  try {
    return await Promise.race([run(), late])
  } finally {
    if (exit) Object.defineProperty(process, 'exit', exit)
    clearTimeout(timer)
  }
}

export const strays = (error: unknown): boolean => error instanceof PlanStrays
