/**
 * Asks, and keeps what was answered: a view that was seen a moment ago is there at once, and a point that is added
 * does not ask again for the others.
 */
import type { Columns, Metadata } from "../api.ts"
import { fetchColumns } from "../api.ts"
import { AskError } from "../problem.ts"
import { type Form, keyOf } from "./question.ts"

export type PointColumns = Columns["series"][number]

export interface Answer {
  readonly form: Form
  /** By name. A point that the site does not have is not in it. */
  readonly points: ReadonlyMap<string, PointColumns>
  readonly unknown: ReadonlyMap<string, ReadonlyArray<string>>
  /** Of the last request that found points; null before. */
  readonly metadata: Metadata | null
  /** Of that request, as the browser saw them. */
  readonly bytes: number
  readonly ms: number
}

/** Views kept, each of some hundred kilobytes at most. */
const KEPT = 12

const bytesOf = (form: Form): number => {
  const entries = performance.getEntriesByType("resource") as Array<PerformanceResourceTiming>
  const own = entries.findLast(({ name }) => name.includes("/timeseries/query?") && name.includes(form.site_name))
  performance.clearResourceTimings()
  return own?.encodedBodySize ?? 0
}

/** A site that has none of the points is no failure: they are shown as unknown. */
const orUnknown = (error: unknown): Pick<Columns, "series" | "unknown_points"> & { readonly metadata: null } => {
  if (!(error instanceof AskError) || error.unknown.length === 0) throw error
  return { series: [], unknown_points: error.unknown, metadata: null }
}

/** @returns a function that answers from what is kept, and asks for the rest */
export const makeLoader = () => {
  const kept = new Map<string, Answer>()
  const keep = (key: string, answer: Answer): Answer => {
    kept.delete(key)
    kept.set(key, answer)
    const [oldest] = kept.keys()
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest)
    return answer
  }
  const load = async (form: Form, points: ReadonlyArray<string>, signal: AbortSignal): Promise<Answer> => {
    const key = keyOf(form)
    const had = kept.get(key)
    const missing = points.filter((point) => had?.points.has(point) !== true && had?.unknown.has(point) !== true)
    if (had !== undefined && missing.length === 0) return keep(key, had)
    const began = performance.now()
    const { metadata, series, unknown_points } = await fetchColumns({ ...form, point_name: missing }, signal)
      .catch(orUnknown)
    return keep(key, {
      form,
      points: new Map([...had?.points ?? [], ...series.map((one) => [one.point, one] as const)]),
      unknown: new Map([...had?.unknown ?? [], ...unknown_points.map((one) => [one.point_name, one.near] as const)]),
      metadata: metadata ?? had?.metadata ?? null,
      bytes: bytesOf(form),
      ms: performance.now() - began
    })
  }
  return {
    load,
    forget: (): void => kept.clear()
  }
}

/** Runs one task at a time: a new one cancels the one before, whose result is dropped even if it arrives. */
export const makeNewest = () => {
  let current = new AbortController()
  return {
    run: async <A>(task: (signal: AbortSignal) => Promise<A>): Promise<A> => {
      current.abort()
      const own = current = new AbortController()
      const result = await task(own.signal).catch((error: unknown) => {
        own.signal.throwIfAborted()
        throw error
      })
      own.signal.throwIfAborted()
      return result
    },
    cancel: (): void => current.abort()
  }
}
