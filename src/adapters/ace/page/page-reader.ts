/**
 * Reads a page of samples from its bytes as they arrive. A row is read as soon as all of it is there, and becomes
 * numbers in columns: neither the text of the page nor objects for its rows are ever held.
 */
import { Result } from "effect"
import type { SourcePage } from "../../../domain/samples/page.ts"
import type { Clean } from "../cleaner.ts"
import { encodeCursor } from "../cursor.ts"
import { notJson } from "../json.ts"
import { findList, readEnvelope } from "./envelope.ts"
import { makeBuffer } from "./buffer.ts"
import { hashText } from "./hash.ts"
import { type Asked, MAX_ROWS, RowList } from "./row-list.ts"

export interface AcePage {
  readonly page: SourcePage
  /** Null on the last page. */
  readonly nextCursor: string | null
  /** The rows that have this `time` text, each as a hash. */
  readonly rowsAt: (time: string) => ReadonlyArray<number>
  /** Whether any row is inside the window. */
  readonly isInside: boolean
  /** Differs between two pages, but not between a page and its repetition; null where the page has no rows. */
  readonly fingerprint: () => string | null
  /** Frees what the three above are answered from. */
  readonly free: () => void
}

/** Most bytes before and after the list of rows. */
const MAX_AROUND = 262_144

export const makePageReader = (asked: Asked) => (clean: Clean) => {
  const rows = new RowList(asked, clean)
  const around = makeBuffer()
  const rest = makeBuffer()
  let bytes = 0
  let place: "before" | "rows" | "after" = "before"

  const takeRows = (isLast: boolean): void => {
    const held = rest.held()
    const left = rows.take(held, isLast)
    if (rows.isClosed) {
      place = "after"
      around.append(held.bytes.subarray(left, held.length))
    }
    rest.keep(left)
  }

  const push = (chunk: Uint8Array): void => {
    bytes += chunk.length
    if (place === "rows") {
      rest.append(chunk)
      return takeRows(false)
    }
    if (around.length() > MAX_AROUND) return
    around.append(chunk)
    if (place === "after") return
    const held = around.held()
    const list = findList(held)
    if (list < 0) return
    place = "rows"
    rest.append(held.bytes.subarray(list, held.length))
    around.cut(list)
    takeRows(false)
  }

  /** The page goes on after its last row. Where its own cursor cannot be read, asking again from there is safe. */
  const cursorAfter = (): string | null => {
    const time = rows.lastTime()
    return time === null
      ? null
      : encodeCursor({ timestamp: clean(time), offset: rows.log.at(hashText(time)).length })
  }

  const finish = (): Result.Result<AcePage, string> => {
    if (place === "rows") takeRows(true)
    if (rows.log.count() > MAX_ROWS) return Result.fail(`the page has more than ${MAX_ROWS} rows`)
    if (around.length() > MAX_AROUND) {
      return Result.fail(`the answer has more than ${MAX_AROUND} bytes besides its rows`)
    }
    const text = new TextDecoder().decode(around.copy())
    const envelope = readEnvelope(text, rows.isStrict, clean)
    if (envelope !== null && Result.isFailure(envelope)) return Result.fail(envelope.failure)
    if (envelope !== null && place === "after" && envelope.success.rows.length > 0) {
      return Result.fail("point_samples is there twice")
    }
    for (const row of envelope?.success.rows ?? []) rows.addParsed(row)
    const nextCursor = envelope === null ? cursorAfter() : envelope.success.nextCursor
    if (envelope === null && nextCursor === null) return Result.fail(notJson(bytes, text, clean))
    around.free()
    rest.free()
    return Result.succeed({
      page: rows.finish(),
      nextCursor,
      rowsAt: (time) => rows.log.at(hashText(time)),
      isInside: rows.isInside,
      fingerprint: rows.log.fingerprint,
      free: rows.log.free
    })
  }

  return { push, finish }
}
