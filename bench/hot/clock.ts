/**
 * Times inside workerd. Its clock only moves with I/O, so every time is taken after a timer.
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
