/**
 * The pages of a window, some of which cannot be read at all: the window is narrowed around them, so that they cost
 * minutes of a site and not the site.
 */
import { Effect, Stream } from "effect"
import type { SourcePage } from "../../domain/samples/page.ts"
import { MINUTE_MS } from "../../domain/time/calendar.ts"
import type { Window } from "../../domain/time/window.ts"
import { SampleSource, type SampleSourceError } from "../../ports/SampleSource.ts"

/** A window of a day comes to minutes in fewer failures in a row than open a circuit breaker. */
const PARTS = 8
const NARROWEST_MS = 3 * MINUTE_MS
/** So many more windows may be unreadable than readable. Beyond, it is the source that fails, not a page. */
const MOST_UNREADABLE = 2

const partsOf = ({ end, start }: Window): ReadonlyArray<Window> => {
  const edge = (i: number) => start + Math.floor(((end - start) * i) / PARTS)
  return Array.from({ length: PARTS }, (_, i) => ({ start: edge(i), end: edge(i + 1) }))
}

type Pages = Stream.Stream<SourcePage, SampleSourceError, SampleSource>

/** Reads around what cannot be read, and tells of it. Pages that were read before a failure come once more. */
export const pagesAround = (
  site: string,
  window: Window,
  onUnreadable: (part: Window, error: SampleSourceError) => void
): Pages =>
  Stream.suspend(() => {
    let read = 0
    let unreadable = 0

    const around = (part: Window, error: SampleSourceError): Pages => {
      if (error.reason._tag !== "BadPayload") return Stream.fail(error)
      if (part.end - part.start > NARROWEST_MS) return Stream.flatMap(Stream.fromIterable(partsOf(part)), pages)
      if (++unreadable > read + MOST_UNREADABLE) return Stream.fail(error)
      onUnreadable(part, error)
      return Stream.empty
    }

    const pages = (part: Window): Pages =>
      Stream.unwrap(Effect.map(SampleSource, (source) => source.pages(site, part))).pipe(
        Stream.concat(Stream.suspend(() => {
          read++
          return Stream.empty
        })),
        Stream.catch((error) => around(part, error))
      )

    return pages(window)
  })
