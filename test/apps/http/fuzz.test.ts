/**
 * Proves that no request makes a 500, and that every failure is a problem that the API lists: by seeded random
 * requests, whose paths, parameters, methods and bodies are partly valid.
 */
import { assert, it } from "@effect/vitest"
import { MINUTE_MS } from "../../../src/domain/time/calendar.ts"
import { randomOf, seeds } from "../../random.ts"
import { regular } from "../../samples.ts"
import { readListedCodes } from "./openapi.ts"
import { admin, makeWorld } from "./world.ts"

const REQUESTS = 20_000

const paths = [
  "/timeseries/query",
  "/timeseries/query",
  "/timeseries/query",
  "/timeseries/coverage",
  "/points/latest",
  "/points",
  "/sites",
  "/health",
  "/",
  "//",
  "/%2e%2e/points",
  "/points;x",
  "/openapi.json",
  "*"
]
const names = [
  "site_name",
  "point_names",
  "point_name",
  "start_time",
  "end_time",
  "interval",
  "agg",
  "tz",
  "fill",
  "max_gap",
  "width",
  "layout",
  "format",
  "explain",
  "limit",
  "cursor",
  "search",
  "__proto__",
  "constructor",
  "toString",
  "",
  "ä",
  "a[b]"
]
const texts = [
  "now-7d",
  "now+1h",
  "auto",
  "1mo",
  "7s",
  "avg",
  "min,max,twa,rate",
  "previous",
  "linear",
  "null",
  "Europe/Zurich",
  "Pacific/Apia",
  "1200",
  "1",
  "columns",
  "ndjson",
  "csv",
  "parquet",
  "true",
  "north",
  "a",
  "",
  " ",
  "%",
  "%00",
  "%FF",
  "%2F..%2F",
  "+",
  "0",
  "-1",
  "1e309",
  "NaN",
  "2026-11-22",
  "2026-11-23T12:00:00Z",
  "2026-02-30",
  "now",
  "5min",
  "1d",
  "raw",
  "0s",
  "99999999999999999999",
  "'; DROP TABLE points; --",
  "${7*7}",
  "<script>",
  "\ud83d\ude00",
  "\ud83d",
  "x".repeat(2_000),
  "a,b,,c",
  "null",
  "[]",
  "{}"
]
const asked = { site_name: "north", point_names: ["a"], start_time: "now-40d", end_time: "now" }
const bodies = [
  JSON.stringify(asked),
  JSON.stringify({ ...asked, interval: "1h", agg: ["avg", "delta"], fill: "linear" }),
  JSON.stringify({ ...asked, point_names: [["a"]], start_time: -1e308 }),
  "",
  "{",
  "null",
  "[]",
  "{\"dry_run\":true}",
  "{\"__proto__\":{\"dry_run\":true}}",
  "{\"dry_run\":\"\\ud800\"}",
  "1e999"
]
const methods = ["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]

const fuzz = async (seed: number, requests: number): Promise<void> => {
  const world = await makeWorld()
  const samples = regular("a", { start: world.clock.now - 50 * MINUTE_MS, count: 50, value: (i) => i / 7 })
  world.source.add("north", [samples])
  assert.strictEqual((await world.etl("/trigger?site_name=north", admin({ method: "POST" }))).status, 200)
  const { below, happens, pick } = randomOf(seed)
  const listed = { query: await readListedCodes(world.query), archival: await readListedCodes(world.archival) }
  const seen = new Map<number, number>()
  for (let i = 0; i < requests; i++) {
    const parameters = Array.from({ length: happens(0.4) ? 0 : below(7) }, () => {
      const text = pick(texts)
      return `${pick(names)}=${happens(0.5) ? text : encodeURIComponent(text.toWellFormed())}`
    })
    const method = pick(methods)
    const command = happens(0.3)
    const path = command ? pick(["/archive/run", "/archive/rebuild", "/archive/status"]) : pick(paths)
    // Most of what is random throughout is refused for its first fault: half of it is sound but for a parameter or two.
    if (!command && happens(0.5)) {
      parameters.splice(
        happens(0.5) ? 0 : 1,
        parameters.length,
        "site_name=north",
        "point_names=a",
        `start_time=${pick(["now-1h", "now-30d", "now-300d", "0"])}`,
        "end_time=now",
        ...parameters.slice(0, 2)
      )
    }
    const url = `${path}${parameters.length === 0 ? "" : `?${parameters.join("&")}`}`
    const init: RequestInit = {
      method,
      headers: { "content-type": pick(["application/json", "application/json; charset=utf-8", "text/plain", ""]) },
      ...(method === "GET" || method === "HEAD" ? {} : { body: pick(bodies) })
    }
    const response = await (command ? world.archival : world.query)(url, admin(init))
    const body = await response.text()
    const said = `${method} ${url.slice(0, 200)} ${String(init.body)}: ${response.status} ${body}`
    assert.isBelow(response.status, 500, said)
    if (response.status >= 400 && method !== "HEAD") {
      assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/, said)
      const { code, status } = JSON.parse(body) as { readonly code: string; readonly status: number }
      assert.strictEqual(status, response.status)
      const codes = listed[command ? "archival" : "query"](method, path, status)
      if (codes !== undefined) assert.include(codes, code, said)
    }
    seen.set(response.status, (seen.get(response.status) ?? 0) + 1)
  }
  assert.includeMembers([...seen.keys()], [200, 204, 400, 404, 405, 415, 422])
}

// All requests on a fixed seed, and some on a fresh one.
for (const [i, seed] of seeds(1, 1).entries()) {
  it(`no request makes a 500, and every failure is a problem document that the API lists (seed ${seed})`, () =>
    fuzz(seed, i === 0 ? REQUESTS : REQUESTS / 4))
}
