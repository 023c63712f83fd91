// The two parents of every error: one says "try again", the other says what a person has to mend.

/** The same request may succeed later: a lost connection, a busy node, a locked file. */
export class RetryableError extends Error {
  override readonly name: string = 'RetryableError'
}

/** One thing that a person got wrong: where it is, what is wrong, and how to mend it. */
export interface Fault {
  readonly path: string
  readonly wrong: string
  readonly mend: string
}

/** A person has to change something; carries every fault that was found, not only the first. */
export class UserError extends Error {
  override readonly name: string = 'UserError'
  readonly faults: readonly Fault[]

  constructor(faults: Fault | readonly Fault[]) {
    const all: readonly Fault[] = Array.isArray(faults) ? faults : [faults as Fault]
    super(all.map((fault) => `${fault.path}: ${fault.wrong}\n    mend: ${fault.mend}`).join('\n'))
    this.faults = all
  }
}
