/**
 * Proves the status, code and field of the problem for each kind of malformed query, body and command, by a table of
 * cases.
 */
import { assert, describe, it } from "@effect/vitest"
import { series } from "../../samples.ts"
import { readListedCodes } from "./openapi.ts"
import { admin, type Ask, makeWorld, reader, type World } from "./world.ts"

const query = (parameters: string): string => `/timeseries/query?${parameters}`

const good = {
  site_name: "north",
  point_names: "plant/ahu-1/temperature",
  start_time: "2026-11-22T00:00:00Z",
  end_time: "2026-11-23T00:00:00Z"
}

const withQuery = (change: Readonly<Record<string, string | null>>): string => {
  const parameters = new URLSearchParams(good)
  for (const [name, value] of Object.entries(change)) {
    if (value === null) parameters.delete(name)
    else parameters.set(name, value)
  }
  return query(parameters.toString())
}

/** [what it is, path, status, code, field] */
type Case = readonly [string, string, number, string, string | null]

const instants = (field: "start_time" | "end_time"): ReadonlyArray<Case> =>
  [
    ["", "invalid_instant"],
    [" ", "invalid_instant"],
    ["tomorrow", "invalid_instant"],
    ["2026-02-30", "invalid_instant"],
    ["2026-13-01T00:00:00Z", "invalid_instant"],
    ["0000-01-01T00:00:00Z", "invalid_instant"],
    ["2026-11-22T24:00:00Z", "invalid_instant"],
    ["2026-11-22T10:60:00Z", "invalid_instant"],
    ["2026-11-22T10:00:60Z", "invalid_instant"],
    ["2026-11-22T10:00:00+25:00", "invalid_instant"],
    ["2026-11-22T10:00:00.1234567890Z", "invalid_instant"],
    ["2026-11-22T10:00:00 Z", "invalid_instant"],
    ["22/11/2026", "invalid_instant"],
    ["20261122T100000Z", "invalid_instant"],
    ["NaN", "invalid_instant"],
    ["Infinity", "invalid_instant"],
    ["1e12", "invalid_instant"],
    ["0x10", "invalid_instant"],
    ["123456789012345678901", "invalid_instant"],
    ["1;DROP TABLE points", "invalid_instant"],
    ["now-", "invalid_instant"],
    ["now-7", "invalid_instant"],
    ["now-7w", "invalid_instant"],
    ["now-0s", "invalid_instant"],
    ["now-999999d", "invalid_instant"],
    ["now()", "invalid_instant"],
    ["now-1d-1d", "invalid_instant"],
    ["٢٠٢٦-١١-٢٢", "invalid_instant"],
    ["2026-11-22T10:00:00Z\u0000", "malformed_url"]
  ].map(([text, code]) => [
    `${field} ${JSON.stringify(text)}`,
    withQuery({ [field]: text as string }),
    400,
    code as string,
    code === "malformed_url" ? null : field
  ])

const cases: ReadonlyArray<Case> = [
  ...instants("start_time"),
  ...instants("end_time"),
  ["no parameter", "/timeseries/query", 400, "missing_parameter", "site_name"],
  ["no site", withQuery({ site_name: null }), 400, "missing_parameter", "site_name"],
  ["no start", withQuery({ start_time: null }), 400, "missing_parameter", "start_time"],
  ["no end", withQuery({ end_time: null }), 400, "missing_parameter", "end_time"],
  ["no point", withQuery({ point_names: null }), 400, "missing_parameter", "point_names"],
  ["a start given twice", `${withQuery({})}&start_time=0`, 400, "repeated_parameter", "start_time"],
  ["a site given twice", `${withQuery({})}&site_name=south`, 400, "repeated_parameter", "site_name"],
  ["an unknown parameter", withQuery({ intervall: "5min" }), 400, "unknown_parameter", "intervall"],
  ["a parameter in capitals", withQuery({ SITE_NAME: "north" }), 400, "unknown_parameter", "SITE_NAME"],
  ["an aggregate of raw samples", withQuery({ agg: "max" }), 400, "invalid_combination", "agg"],
  ["an aggregate not offered", withQuery({ interval: "1h", agg: "median" }), 400, "invalid_aggregation", "agg"],
  ["an aggregate in capitals", withQuery({ interval: "1h", agg: "AVG" }), 400, "invalid_aggregation", "agg"],
  [
    "an aggregate with an inherited name",
    withQuery({ interval: "1h", agg: "constructor" }),
    400,
    "invalid_aggregation",
    "agg"
  ],
  [
    "an empty aggregate among others",
    withQuery({ interval: "1h", agg: "min,,max" }),
    400,
    "invalid_aggregation",
    "agg"
  ],
  ["no aggregate", withQuery({ interval: "1h", agg: "" }), 400, "invalid_aggregation", "agg"],
  [
    "an aggregate given twice",
    `${withQuery({ interval: "1h", agg: "min" })}&agg=max`,
    400,
    "repeated_parameter",
    "agg"
  ],
  ["a fill of raw samples", withQuery({ fill: "null" }), 400, "invalid_combination", "fill"],
  ["a fill not offered", withQuery({ interval: "1h", fill: "zero" }), 400, "invalid_parameter", "fill"],
  ["a gap without a fill", withQuery({ interval: "1h", max_gap: "2h" }), 400, "invalid_combination", "max_gap"],
  [
    "a gap that null does not bridge",
    withQuery({ interval: "1h", fill: "null", max_gap: "2h" }),
    400,
    "invalid_combination",
    "max_gap"
  ],
  [
    "a gap of nothing",
    withQuery({ interval: "1h", fill: "linear", max_gap: "0s" }),
    400,
    "invalid_interval",
    "max_gap"
  ],
  ["a gap in words", withQuery({ interval: "1h", fill: "linear", max_gap: "all" }), 400, "invalid_interval", "max_gap"],
  ["an origin of raw samples", withQuery({ origin: "2026-01-01" }), 400, "invalid_combination", "origin"],
  ["an origin that is none", withQuery({ interval: "1d", origin: "noon" }), 400, "invalid_instant", "origin"],
  ["a zone that is none", withQuery({ interval: "1d", tz: "Europe/Atlantis" }), 400, "invalid_zone", "tz"],
  ["an empty zone", withQuery({ interval: "1d", tz: "" }), 400, "invalid_zone", "tz"],
  ["a fixed offset as zone", withQuery({ interval: "1d", tz: "+01:00" }), 400, "invalid_zone", "tz"],
  ["an injection as zone", withQuery({ interval: "1d", tz: "UTC'; DROP TABLE site;--" }), 400, "invalid_zone", "tz"],
  ["a zone that climbs", withQuery({ interval: "1d", tz: "../../etc/passwd" }), 400, "invalid_zone", "tz"],
  ["no width", withQuery({ width: "0" }), 400, "invalid_parameter", "width"],
  ["a width below nothing", withQuery({ width: "-1" }), 400, "invalid_parameter", "width"],
  ["half a pixel", withQuery({ width: "1.5" }), 400, "invalid_parameter", "width"],
  ["a width too wide", withQuery({ width: "10001" }), 400, "invalid_parameter", "width"],
  ["an infinite width", withQuery({ width: "Infinity" }), 400, "invalid_parameter", "width"],
  ["a width in words", withQuery({ width: "wide" }), 400, "invalid_parameter", "width"],
  ["an empty width", withQuery({ width: "" }), 400, "invalid_parameter", "width"],
  ["a width and an interval", withQuery({ width: "100", interval: "1h" }), 400, "invalid_combination", "width"],
  ["a layout not offered", withQuery({ layout: "cube" }), 400, "invalid_parameter", "layout"],
  ["a format not offered", withQuery({ format: "xml" }), 400, "invalid_parameter", "format"],
  ["an explanation neither true nor false", withQuery({ explain: "maybe" }), 400, "invalid_parameter", "explain"],
  [
    "more buckets than may be",
    withQuery({ start_time: "2026-01-01", interval: "1s" }),
    422,
    "too_many_buckets",
    "interval"
  ],
  ["an empty window", withQuery({ end_time: good.start_time }), 400, "invalid_window", "end_time"],
  ["a window backwards", withQuery({ end_time: "2026-11-21" }), 400, "invalid_window", "end_time"],
  ["a window of years", withQuery({ start_time: "2020-01-01" }), 422, "range_too_wide", "end_time"],
  [
    "points without end",
    query(
      `site_name=north&${Array.from({ length: 101 }, (_, i) => `point_name=p${i}`).join("&")}` +
        "&start_time=2026-11-01&end_time=2026-11-02"
    ),
    422,
    "too_many_points",
    "point_names"
  ],
  ["an empty site", withQuery({ site_name: "" }), 400, "invalid_name", "site_name"],
  ["a blank site", withQuery({ site_name: "  " }), 400, "invalid_name", "site_name"],
  ["a site with a slash", withQuery({ site_name: "a/b" }), 400, "invalid_name", "site_name"],
  ["a site with a backslash", withQuery({ site_name: "a\\b" }), 400, "invalid_name", "site_name"],
  ["a site that climbs", withQuery({ site_name: ".." }), 400, "invalid_name", "site_name"],
  ["a site with a line feed", withQuery({ site_name: "a\nb" }), 400, "invalid_name", "site_name"],
  ["a site too long", withQuery({ site_name: "s".repeat(1_025) }), 400, "invalid_name", "site_name"],
  ["a site unknown", withQuery({ site_name: "east" }), 404, "unknown_site", "site_name"],
  ["a site in another case", withQuery({ site_name: "NORTH" }), 404, "unknown_site", "site_name"],
  ["an injection in the site", withQuery({ site_name: "north' OR 1=1 --" }), 404, "unknown_site", "site_name"],
  ["an empty point", withQuery({ point_names: "" }), 400, "invalid_name", "point_names"],
  ["an empty point among others", withQuery({ point_names: "a,,b" }), 400, "invalid_name", "point_names"],
  ["a trailing comma", withQuery({ point_names: "a," }), 400, "invalid_name", "point_names"],
  ["a point too long", withQuery({ point_names: "p".repeat(1_025) }), 400, "invalid_name", "point_names"],
  ["a point with a tab", withQuery({ point_names: "a\tb" }), 400, "invalid_name", "point_names"],
  ["an unknown point", withQuery({ point_names: "nothing" }), 404, "unknown_points", "point_names"],
  [
    "an injection in a point",
    withQuery({ point_names: "x'); DROP TABLE points;--" }),
    404,
    "unknown_points",
    "point_names"
  ],
  ["a pattern as a point", withQuery({ point_names: "%" }), 404, "unknown_points", "point_names"],
  ["an interval of none", withQuery({ interval: "" }), 400, "invalid_interval", "interval"],
  ["an interval of nothing", withQuery({ interval: "0s" }), 400, "invalid_interval", "interval"],
  ["an interval below nothing", withQuery({ interval: "-5min" }), 400, "invalid_interval", "interval"],
  ["an interval without unit", withQuery({ interval: "5" }), 400, "invalid_interval", "interval"],
  ["an interval of weeks", withQuery({ interval: "2w" }), 400, "invalid_interval", "interval"],
  ["an interval too long", withQuery({ interval: "25h" }), 400, "invalid_interval", "interval"],
  ["an interval in half", withQuery({ interval: "1.5h" }), 400, "invalid_interval", "interval"],
  ["a lone percent sign", `${withQuery({})}%`, 400, "malformed_url", null],
  ["a half encoding", `${withQuery({})}%4`, 400, "malformed_url", null],
  ["bytes that are no UTF-8", withQuery({}).replace("north", "%FF%FE"), 400, "malformed_url", null],
  ["a lone surrogate", withQuery({}).replace("north", "%ED%A0%80"), 400, "malformed_url", null],
  ["an overlong slash", withQuery({}).replace("north", "%C0%AF"), 400, "malformed_url", null],
  ["a zero byte", withQuery({}).replace("north", "a%00b"), 400, "malformed_url", null],
  ["points of no site", "/points", 400, "missing_parameter", "site_name"],
  ["points of a site unknown", "/points?site_name=east", 404, "unknown_site", "site_name"],
  ["points of a site that climbs", "/points?site_name=../x", 400, "invalid_name", "site_name"],
  ["a page of nothing", "/points?site_name=north&limit=0", 400, "invalid_parameter", "limit"],
  ["a page too long", "/points?site_name=north&limit=1001", 400, "invalid_parameter", "limit"],
  ["a page in words", "/points?site_name=north&limit=all", 400, "invalid_parameter", "limit"],
  ["last values of no point", "/points/latest?site_name=north", 400, "missing_parameter", "point_names"],
  [
    "last values of a point unknown",
    "/points/latest?site_name=north&point_names=x",
    404,
    "unknown_points",
    "point_names"
  ],
  ["last values of a site unknown", "/points/latest?site_name=east&point_names=x", 404, "unknown_site", "site_name"],
  [
    "last values of too many",
    `/points/latest?site_name=north&point_names=${Array.from({ length: 1_001 }, (_, i) => i).join(",")}`,
    422,
    "too_many_points",
    "point_names"
  ],
  ["coverage of no window", "/timeseries/coverage?site_name=north", 400, "missing_parameter", "start_time"],
  [
    "coverage of a window backwards",
    "/timeseries/coverage?site_name=north&start_time=now&end_time=now-1d",
    400,
    "invalid_window",
    "end_time"
  ],
  [
    "coverage of years",
    "/timeseries/coverage?site_name=north&start_time=2020-01-01&end_time=now",
    422,
    "range_too_wide",
    "end_time"
  ],
  [
    "coverage of a site unknown",
    "/timeseries/coverage?site_name=east&start_time=now-1d&end_time=now",
    404,
    "unknown_site",
    "site_name"
  ],
  ["a search given twice", "/points?site_name=north&search=a&search=b", 400, "repeated_parameter", "search"],
  ["a path that climbs", "/points/../nowhere", 404, "unknown_path", null],
  ["a path with a dot", "/points.json", 404, "unknown_path", null],
  ["a path in capitals", "/POINTS?site_name=north", 404, "unknown_path", null],
  ["an inherited name as a parameter", withQuery({ __proto__x: "1", constructor: "1" }), 400, "unknown_parameter", null]
]

interface Answer {
  readonly status: number
  readonly code: string
  readonly field?: string
  readonly detail: string
}

interface Expected {
  readonly status: number
  readonly code: string
  readonly field: string | null
}

const check = async (ask: Ask, path: string, init: RequestInit, { code, field, status }: Expected) => {
  const response = await ask(path, init)
  const body = await response.json() as Answer
  assert.strictEqual(`${response.status} ${body.code}`, `${status} ${code}`, body.detail)
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/)
  if (field !== null) assert.strictEqual(body.field, field)
  if (code !== "unknown_path") {
    const listed = await readListedCodes(ask)
    assert.include(listed(init.method ?? "GET", path.split("?", 1)[0] as string, status) ?? [], code)
  }
  assert.notMatch(JSON.stringify(body), /SQL|stack|node_modules|at \w+ \(/)
}

describe("malformed queries", () => {
  let world: World | undefined
  for (const [name, path, status, code, field] of cases) {
    it(`${name}: ${status} ${code}`, async () => {
      world ??= await seeded()
      await check(world.query, path, reader(), { status, code, field })
    })
  }
})

describe("malformed bodies", () => {
  const asked = { site_name: "north", point_names: ["plant/ahu-1/temperature"], start_time: "now-1d", end_time: "now" }
  const of = (change: object): string => JSON.stringify({ ...asked, ...change })
  const bodies: ReadonlyArray<readonly [string, string, number, string, string | null]> = [
    ["nothing", "", 400, "malformed_body", null],
    ["no JSON", "{", 400, "malformed_body", null],
    ["an array", "[]", 400, "malformed_body", null],
    ["null", "null", 400, "malformed_body", null],
    ["no site", of({ site_name: undefined }), 400, "missing_parameter", "site_name"],
    ["a site as number", of({ site_name: 1 }), 400, "invalid_parameter", "site_name"],
    ["points as text", of({ point_names: "a,b" }), 400, "invalid_parameter", "point_names"],
    ["a point as number", of({ point_names: [1] }), 400, "invalid_parameter", "point_names"],
    ["no point", of({ point_names: [] }), 400, "missing_parameter", "point_names"],
    ["half a surrogate", of({ point_names: ["\ud800"] }), 400, "invalid_name", "point_names"],
    ["a start as object", of({ start_time: {} }), 400, "invalid_parameter", "start_time"],
    ["a start with a fraction", of({ start_time: 1.5 }), 400, "invalid_instant", "start_time"],
    ["a start beyond numbers", of({}).replace("\"now-1d\"", "1e999"), 400, "invalid_parameter", "start_time"],
    ["an aggregate as text", of({ interval: "1h", agg: "avg" }), 400, "invalid_parameter", "agg"],
    ["no aggregate", of({ interval: "1h", agg: [] }), 400, "invalid_aggregation", "agg"],
    ["a width as text", of({ width: "100" }), 400, "invalid_parameter", "width"],
    ["an unknown field", of({ intervall: "1h" }), 400, "unknown_parameter", "intervall"],
    ["a prototype", of({}).replace("{", "{\"__proto__\":{\"width\":1},"), 400, "unknown_parameter", "__proto__"]
  ]
  let world: World | undefined
  for (const [name, body, status, code, field] of bodies) {
    it(`${name}: ${status} ${code}`, async () => {
      world ??= await seeded()
      const init = reader({ method: "POST", body, headers: { "content-type": "application/json" } })
      await check(world.query, "/timeseries/query", init, { status, code, field })
    })
  }

  it("a form: 415 unsupported_media_type", async () => {
    const { query } = await makeWorld()
    const init = reader({
      method: "POST",
      body: "site_name=north",
      headers: { "content-type": "application/x-www-form-urlencoded" }
    })
    await check(query, "/timeseries/query", init, { status: 415, code: "unsupported_media_type", field: null })
  })
})

const seeded = async (): Promise<World> => {
  const world = await makeWorld()
  world.source.add("north", [series("plant/ahu-1/temperature", [[world.clock.now - 60_000, 21.5]])])
  const synced = await world.etl("/trigger?site_name=north", admin({ method: "POST" }))
  assert.strictEqual(synced.status, 200)
  return world
}

describe("malformed commands", () => {
  const json = (body: string, type = "application/json"): RequestInit =>
    admin({ method: "POST", body, headers: { "content-type": type } })

  const commands: ReadonlyArray<readonly [string, RequestInit, number, string, string | null]> = [
    ["no JSON", json("{"), 400, "malformed_body", null],
    ["an array", json("[]"), 400, "malformed_body", null],
    ["a text", json("\"dry_run\""), 400, "malformed_body", null],
    ["an unknown field", json("{\"dryrun\":true}"), 400, "unknown_parameter", "dryrun"],
    ["a flag as text", json("{\"dry_run\":\"yes\"}"), 400, "invalid_parameter", "dry_run"],
    ["a flag as number", json("{\"dry_run\":1}"), 400, "invalid_parameter", "dry_run"],
    ["a form", json("dry_run=true", "application/x-www-form-urlencoded"), 415, "unsupported_media_type", null],
    ["plain text", json("{}", "text/plain"), 415, "unsupported_media_type", null],
    ["a body too large", json(`{"dry_run":true,"x":"${"x".repeat(1_100_000)}"}`), 413, "body_too_large", null],
    ["a site unknown", json("{\"site_name\":\"east\"}"), 404, "unknown_site", "site_name"]
  ]
  let world: World | undefined
  for (const [name, init, status, code, field] of commands) {
    it(`${name}: ${status} ${code}`, async () => {
      world ??= await makeWorld()
      await check(world.archival, "/archive/run", init, { status, code, field })
    })
  }

  it("a site that is not synced: 404 unknown_site", async () => {
    const { etl } = await makeWorld()
    await check(
      etl,
      "/trigger?site_name=east",
      admin({ method: "POST" }),
      { status: 404, code: "unknown_site", field: "site_name" }
    )
  })
})
