/**
 * Compares what the query program answers with what the model expects.
 */
import type { Extent, PointExtent } from "../../src/domain/samples/extent.ts"
import type { QueryAnswer } from "../apps/query/collect.ts"
import { samplesOf, showId } from "./samples.ts"
import type { Expected, Watch } from "./store-model.ts"

/** What is wrong with the form of an answer, whatever its samples. */
const malformed = ({ metadata, series }: QueryAnswer): string | null => {
  let count = 0
  for (const { point, timestamps } of series) {
    count += timestamps.length
    for (let i = 1; i < timestamps.length; i++) {
      if ((timestamps[i] as number) <= (timestamps[i - 1] as number)) return `${point} is not strictly ascending`
    }
  }
  if (new Set(series.map(({ point }) => point)).size < series.length) return "a point comes twice"
  const { cold, hot, returned, source } = metadata
  if (hot + cold !== count || returned !== count) {
    return `law 10: ${hot} + ${cold} samples said, ${returned} returned, ${count} there`
  }
  const tiers = hot > 0 ? cold > 0 ? "split" : "hot" : cold > 0 ? "cold" : "none"
  return source === tiers ? null : `law 10: source is ${source}, but the counts say ${tiers}`
}

/** An answer of one instant must be the model's, bit for bit and tier for tier. */
export const checkInstant = (answer: QueryAnswer, { hotCount, optional, required }: Expected): string | null => {
  const form = malformed(answer)
  if (form !== null) return form
  const got = samplesOf(answer.series)
  for (const [id, value] of required) {
    if (!got.has(id)) return `law 1: the answer lacks ${showId(id)}`
    if (!Object.is(got.get(id), value)) return `law 2: the answer has ${got.get(id)} for ${showId(id)}, not ${value}`
  }
  for (const [id, value] of got) {
    if (required.has(id)) continue
    if (!optional.has(id)) return `law 2: the answer has ${showId(id)}, which nobody accepted`
    if (!Object.is(optional.get(id), value)) {
      return `law 2: the answer has ${value} for ${showId(id)}, which nobody wrote`
    }
  }
  const { hot } = answer.metadata
  return hot === hotCount ? null : `law 10: ${hot} hot samples said where ${hotCount} are`
}

/** The extents of points at one instant must be the model's. */
export const checkExtents = (
  found: ReadonlyArray<PointExtent>,
  points: ReadonlyArray<string>,
  expected: ReadonlyMap<string, Extent>
): string | null => {
  for (const point of points) {
    const got = found.find((one) => one.point === point)
    const due = expected.get(point)
    if ((["first", "last", "lastValue"] as const).every((part) => Object.is(got?.[part], due?.[part]))) continue
    return `law 2: ${point} has ${JSON.stringify(got ?? null)}, not ${JSON.stringify(due ?? null)}`
  }
  return null
}

/** An answer that took a while has everything that was accepted before it began, and only values seen meanwhile. */
export const checkWatched = (answer: QueryAnswer, watch: Watch): string | null => {
  const form = malformed(answer)
  if (form !== null) return form
  const got = samplesOf(answer.series)
  for (const id of watch.required) if (!got.has(id)) return `law 2: a gap at ${showId(id)} while data moved`
  for (const [id, value] of got) {
    if (!watch.allowed.has(id, value)) return `law 2: ${value} for ${showId(id)} was no answer while the query ran`
  }
  return null
}
