/**
 * The Worker whose cost `months.ts` measures: it derives a month like the archival Worker, with stores outside of its
 * runtime, and reads what it made.
 */
import { Effect, Layer } from "effect"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import * as JobStateD1 from "../../src/adapters/jobs/JobStateD1.ts"
import * as MonthStoreCloudflare from "../../src/adapters/months/MonthStoreCloudflare.ts"
import * as ColdStoreR2 from "../../src/adapters/cold/ColdStoreR2.ts"
import { deriveSite } from "../../src/apps/archival/derive.ts"
import { partsOf } from "../../src/domain/tiers/months.ts"
import { M4_FIELDS } from "../../src/domain/answers/m4.ts"
import type { Window } from "../../src/domain/time/window.ts"
import { MonthStore } from "../../src/ports/MonthStore.ts"
import { bucketAt, databaseAt } from "./bindings.ts"

export interface Reads {
  readonly site: string
  readonly window: Window
  readonly picks: ReadonlyArray<ReadonlyArray<string>>
}

/** Requests and bytes of each pick's samples and hours. */
const readPicks = ({ picks, site, window }: Reads) =>
  Effect.forEach(picks, (points) =>
    Effect.gen(function*() {
      const derived = yield* MonthStore
      const cost = { samples: { gets: 0, bytes: 0 }, hours: { gets: 0, bytes: 0 } }
      for (const month of yield* derived.months(site, window, points)) {
        for (const { part, points: inside } of partsOf(month, points)) {
          const samples = yield* derived.readSamples(part, inside, window)
          const hours = yield* derived.readHours(part, inside, M4_FIELDS)
          if (samples.series.length !== inside.length || hours.rollups.length !== inside.length) {
            return yield* Effect.die(new Error(`some of ${inside.join()} were not found`))
          }
          cost.samples = { gets: cost.samples.gets + samples.gets, bytes: cost.samples.bytes + samples.bytes }
          cost.hours = { gets: cost.hours.gets + hours.gets, bytes: cost.hours.bytes + hours.bytes }
        }
      }
      return cost
    }))

export type ReadCosts = Effect.Success<ReturnType<typeof readPicks>>

export interface PartSizes {
  readonly samples_size: number
  readonly samples_rows: number
  readonly hours_size: number
  readonly hours_rows: number
}

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const outside = url.searchParams.get("outside")
    if (outside === null) return new Response("idle")
    const db = databaseAt(outside)
    const bucket = bucketAt(outside)
    const stores = Layer.mergeAll(
      HotStoreD1.layer(db),
      JobStateD1.layer(db),
      ColdStoreR2.layer(bucket),
      MonthStoreCloudflare.layer(db, bucket)
    )
    if (url.pathname === "/read") {
      const reads: Reads = await request.json()
      return Response.json(await Effect.runPromise(Effect.provide(readPicks(reads), stores)))
    }
    const run = deriveSite(url.searchParams.get("site") ?? "", { hotDays: 20, timeoutMs: Infinity })
    const report = await Effect.runPromise(Effect.provide(run, stores))
    const [sizes] = await db.batch<PartSizes>([db.prepare("SELECT * FROM derived_part")])
    return Response.json({ report, parts: sizes?.results })
  }
}
