/**
 * A sync's look back: the stored samples of a short window for every point of a site.
 */
import { Effect } from "effect"
import { type Columns, sliceColumns } from "../../domain/samples/series.ts"
import { isEmpty, type Window } from "../../domain/time/window.ts"
import type { ChunkRow } from "./chunk-row.ts"
import {
  CHUNK_COLUMNS,
  collectChunks,
  collectTail,
  decoded,
  groupBySize,
  push,
  seriesOf,
  type Sized
} from "./chunks.ts"
import { type Database, rowsOf } from "../cloudflare/database.ts"
import { read } from "./database.ts"
import type { Identities } from "./identities.ts"
import { chunkBetween, placesOf, STRIP_ID, STRIPS, tailBetween } from "./keys.ts"
import { stripsOfTail, TAIL_COLUMNS, type TailRow } from "./tail-row.ts"

export const make = (db: Database, identities: Identities) =>
  Effect.fn("HotStoreD1.recent")(function*(site: string, window: Window) {
    const subject = `site ${site}`
    const siteId = yield* identities.site("recent", site)
    if (siteId === undefined || isEmpty(window)) return []
    const { days, hours } = placesOf(window)
    // The tail is read before the chunks: what a compaction moves in between is seen twice and not missed.
    const results = yield* read(db, "recent", subject, [
      db.prepare(
        `SELECT ${TAIL_COLUMNS} FROM block AS b CROSS JOIN tail AS t ON ${tailBetween("b.id", "?2", "?3")}
         WHERE b.site_id = ?1 ORDER BY t.k`
      ).bind(siteId, ...hours),
      db.prepare(
        `SELECT ${STRIP_ID} AS id, sum(length(c.data)) AS bytes FROM block AS b CROSS JOIN json_each(${STRIPS}) AS s
         CROSS JOIN chunk AS c ON ${chunkBetween(STRIP_ID, "?2", "?3")}
         WHERE b.site_id = ?1 AND c.first < ?5 AND c.last >= ?4 GROUP BY 1`
      ).bind(siteId, ...days, window.start, window.end)
    ])
    const ranked = new Map<number, Array<Columns>>()
    for (const group of groupBySize(rowsOf<Sized>(results, 1))) {
      const found = yield* read(db, "recent", subject, [
        db.prepare(
          `SELECT ${CHUNK_COLUMNS} FROM json_each(?1) AS s
           CROSS JOIN chunk AS c ON ${chunkBetween("s.value", "?2", "?3")} WHERE c.first < ?5 AND c.last >= ?4`
        ).bind(JSON.stringify(group), ...days, window.start, window.end)
      ])
      const whole = new Map<number, Array<Columns>>()
      yield* decoded("recent", subject, collectChunks(rowsOf<ChunkRow>(found, 0), whole))
      // Copies the few samples inside, so that the rest of the group can be freed.
      for (const [id, columns] of whole) {
        for (const one of columns) {
          const { timestamps, values } = sliceColumns(one, window)
          push(ranked, id, { timestamps: timestamps.slice(), values: values.slice() })
        }
      }
    }
    yield* decoded("recent", subject, collectTail(rowsOf<TailRow>(results, 0).flatMap(stripsOfTail), ranked, window))
    const { byName } = yield* identities.including("recent", siteId, ranked.keys())
    return [...byName].flatMap(([point, id]) => seriesOf(point, ranked.get(id), window))
  })
