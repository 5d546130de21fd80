/**
 * What the syncs of a site have read: everything up to its watermark and, where the newest hour came first, windows
 * after that. Between them lies what is missing.
 */
import { intersect, isEmpty, type Window } from "../time/window.ts"

/** So many windows are remembered. Of more the shortest is forgotten, and read again; the newest one never is. */
export const MAX_AHEAD = 8

export interface ReadSoFar {
  /** Its end is the watermark. It has no start, or that of the site where there is no watermark yet. */
  readonly base: Window
  /** Windows after it, ascending. Each ends just after a sample. */
  readonly ahead: ReadonlyArray<Window>
}

/** Down to where the gap after a window is asked for: the overlap of the window is read again. */
export const lowOf = ({ end, start }: Window, overlapMs: number): number => Math.max(start, end - overlapMs)

/** The newest window that was read. */
export const newestOf = ({ ahead, base }: ReadSoFar): Window => ahead.at(-1) ?? base

/** The newest sample that was read, ms; null where there is none. */
export const newestSample = (read: ReadSoFar): number | null => {
  const { end, start } = newestOf(read)
  return end > start ? end - 1 : null
}

/** The window below the newest one. */
export const belowNewest = ({ ahead, base }: ReadSoFar): Window => ahead.at(-2) ?? base

/** Windows after a base, in ascending order: those that reach the overlap of the one before are one with it. */
const join = (base: Window, windows: ReadonlyArray<Window>, overlapMs: number): ReadSoFar => {
  const joined = [base]
  for (const { end, start } of windows) {
    const before = joined.at(-1) ?? base
    if (start > lowOf(before, overlapMs)) joined.push({ start, end })
    else joined[joined.length - 1] = { start: before.start, end: Math.max(before.end, end) }
  }
  const [first = base, ...ahead] = joined
  return { base: first, ahead }
}

/**
 * What was read, as it was saved.
 *
 * @param watermark ms; null where there is none
 * @param begin where the site begins, ms
 */
export const readBefore = (
  watermark: number | null,
  begin: number,
  ahead: ReadonlyArray<Window>,
  now: number,
  overlapMs: number
): ReadSoFar => {
  const base = watermark === null
    ? { start: begin, end: begin }
    : { start: -Infinity, end: Math.min(watermark, now) }
  const past = { start: -Infinity, end: now }
  const windows = ahead.map((window) => intersect(window, past))
  return join(base, windows.filter((window) => !isEmpty(window) && window.end > base.end), overlapMs)
}

/** With another window, which is the newest. */
export const withNewest = ({ ahead, base }: ReadSoFar, newest: Window, overlapMs: number): ReadSoFar => {
  const joined = join(base, [...ahead, newest], overlapMs)
  return joined.ahead.length > MAX_AHEAD ? { ...joined, ahead: withoutShortest(joined.ahead) } : joined
}

/** With the newest window begun earlier. */
export const withStart = ({ ahead, base }: ReadSoFar, start: number, overlapMs: number): ReadSoFar =>
  join(base, [...ahead.slice(0, -1), ...ahead.slice(-1).map(({ end }) => ({ start, end }))], overlapMs)

const withoutShortest = (windows: ReadonlyArray<Window>): ReadonlyArray<Window> => {
  const lengths = windows.slice(0, -1).map(({ end, start }) => end - start)
  return windows.toSpliced(lengths.indexOf(Math.min(...lengths)), 1)
}

/** What is missing before the newest window, oldest first. */
export const gapsOf = ({ ahead, base }: ReadSoFar): ReadonlyArray<Window> =>
  ahead.map(({ start }, i) => ({ start: (ahead[i - 1] ?? base).end, end: start })).filter((gap) => !isEmpty(gap))
