/**
 * Times inside workerd, whose clock stands still between two answers from outside: every time is taken after a turn of
 * the timer.
 */
export const now = async (): Promise<number> => {
  await scheduler.wait(0)
  return performance.now()
}

export const timed = async <A>(run: () => Promise<A>): Promise<{ readonly ms: number; readonly answer: A }> => {
  const start = await now()
  const answer = await run()
  return { ms: (await now()) - start, answer }
}

export const median = (times: ReadonlyArray<number>): number =>
  times.toSorted((a, b) => a - b)[times.length >> 1] ?? NaN
