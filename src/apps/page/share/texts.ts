/**
 * A view as a request that other programs make: curl, DuckDB, the typed client. None holds a key.
 */
import type { Window } from "../../../domain/time/window.ts"
import { instantText } from "../urls.ts"

export interface Shared {
  readonly origin: string
  readonly site: string
  readonly points: ReadonlyArray<string>
  readonly window: Window
}

const shellText = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A name of a file that says what is in it: `plant-1_2026-11-20T0000Z_2026-11-21T0000Z.csv`. */
export const fileName = ({ site, window }: Pick<Shared, "site" | "window">, extension: string): string => {
  const [start, end] = [window.start, window.end].map((at) => instantText(at).replaceAll(":", ""))
  return `${site.replace(/[^\p{L}\p{N}._-]+/gu, "-")}_${start}_${end}.${extension}`
}

export const queryUrl = ({ origin, points, site, window }: Shared): string => {
  const parameters = new URLSearchParams([
    ["site_name", site],
    ...points.map((point) => ["point_name", point]),
    ["start_time", instantText(window.start)],
    ["end_time", instantText(window.end)]
  ])
  return `${origin}/timeseries/query?${parameters}`
}

export const curlText = (shared: Shared): string =>
  `curl -H "Authorization: Bearer $VITALS_KEY" ${shellText(`${queryUrl(shared)}&format=csv`)}`

/** Reads the archive; samples that are still hot are not in it. */
export const archiveText = ({ points, site, window }: Shared): string =>
  `SELECT timestamp, point_name, value
FROM read_parquet('s3://building-vitals/timeseries/????/??/??/*.parquet')
WHERE site_name = ${sqlText(site)}
  AND point_name IN (${points.map(sqlText).join(", ")})
  AND timestamp >= TIMESTAMPTZ ${sqlText(instantText(window.start))}
  AND timestamp < TIMESTAMPTZ ${sqlText(instantText(window.end))}
ORDER BY point_name, timestamp;`

export const clientText = ({ origin, points, site, window }: Shared): string =>
  `import { Effect } from "effect"
import { makeClient } from "building-vitals/client"

const client = makeClient({ baseUrl: ${JSON.stringify(origin)}, apiKey: process.env.VITALS_KEY ?? "" })
const answer = await Effect.runPromise(client.query({
  site_name: ${JSON.stringify(site)},
  point_names: ${JSON.stringify(points)},
  start_time: ${JSON.stringify(instantText(window.start))},
  end_time: ${JSON.stringify(instantText(window.end))},
  layout: "columns"
}))`
