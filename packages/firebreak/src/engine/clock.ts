// A clock that goes forward whatever happens to the machine's: budgets, cool-downs and ends are counted by it.

/** When the given clock is set back, this one goes on from where it was. */
export function steady(now: () => number): () => number {
  let last = now()
  let behind = 0
  return () => {
    const said = now()
    if (said < last) behind += last - said
    last = said
    return said + behind
  }
}
