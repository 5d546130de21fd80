/**
 * Proves that queries answer what the definitions say, by 2,000 seeded random queries of a site with samples in every
 * tier (`site.ts`), each compared with a slow and simple model (`model.ts`).
 */
import { assert, it } from "@effect/vitest"
import { AGGREGATIONS, type Aggregation } from "../../../src/domain/answers/aggregate.ts"
import type { Window } from "../../../src/domain/time/window.ts"
import { type Random, randomOf, seeds } from "../../random.ts"
import { makeWorld, reader, type World } from "../http/world.ts"
import { type AskedBuckets, type AskedResolution, expectedRows, makeCalendar, type Rows, within } from "./model.ts"
import { fillSite, FIRST, NOW, POINTS, type Truth } from "./site.ts"

const QUERIES = 2_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const ZONES = ["Europe/Zurich", "America/New_York", "Australia/Sydney", "America/Santiago", "Asia/Kolkata", "UTC"]
const calendar = makeCalendar(FIRST - 70 * DAY, NOW + 240 * DAY)

interface Asked {
  readonly points: ReadonlyArray<string>
  readonly window: Window
  readonly resolution: AskedResolution
  readonly format: "json" | "ndjson" | "csv"
  readonly layout: "rows" | "columns"
  readonly body: boolean
}

/** The days on which clocks change, tiers meet, and any other instant. */
const drawInstant = ({ below, happens, pick }: Random): number => {
  if (happens(0.3)) {
    return pick([Date.UTC(2026, 2, 8), Date.UTC(2026, 2, 29), Date.UTC(2026, 3, 5), Date.UTC(2026, 4, 14)]) +
      below(48) * HOUR - DAY
  }
  return FIRST - DAY + below(NOW - FIRST + 3 * DAY)
}

const drawWindow = (random: Random): Window => {
  const unit = random.pick([1, MINUTE, HOUR, DAY])
  const start = Math.floor(drawInstant(random) / unit) * unit
  const length = random.pick([1, 90_000, HOUR, 7 * HOUR, DAY, 3 * DAY, 10 * DAY, 40 * DAY, 80 * DAY])
  return { start, end: start + Math.max(1, random.happens(0.5) ? length : random.below(length)) }
}

const INTERVALS = [
  1_000,
  7_000,
  MINUTE,
  5 * MINUTE,
  7 * MINUTE,
  HOUR,
  2 * HOUR,
  5 * HOUR,
  12 * HOUR,
  "day",
  "day",
  "week",
  "month",
  "quarter",
  "year"
] as const

const drawResolution = (random: Random, window: Window): AskedResolution => {
  const draw = random.next()
  if (draw < 0.2) return { kind: "raw" }
  if (draw < 0.5) return { kind: "pixels", width: random.pick([1, 3, 20, 101, 640, 1_200]) }
  const fits = INTERVALS.filter((interval) =>
    (window.end - window.start) / (typeof interval === "number" ? interval : DAY) < 2_000
  )
  const interval = random.pick(fits)
  // Half of them such that hours of samples can answer them.
  const among = random.happens(0.5) ? AGGREGATIONS : AGGREGATIONS.slice(0, AGGREGATIONS.indexOf("delta"))
  const wanted = random.happens(0.5) ? [random.pick(among)] : among.filter(() => random.happens(0.4))
  const fill = random.pick(["none", "none", "null", "0", "previous", "linear"] as const)
  const bridges = fill === "previous" || fill === "linear"
  return {
    kind: "buckets",
    interval,
    tz: random.happens(0.5) ? null : random.pick(ZONES),
    agg: wanted.length === 0 ? ["avg"] : wanted,
    fill,
    maxGap: bridges && random.happens(0.5) ? random.pick([1_000, HOUR, 3 * DAY]) : Infinity
  }
}

const draw = (random: Random): Asked => {
  const window = drawWindow(random)
  return {
    points: [...new Set([...POINTS.filter(() => random.happens(0.3)), random.pick(POINTS)])],
    window,
    resolution: drawResolution(random, window),
    format: random.pick(["json", "json", "ndjson", "csv"]),
    layout: random.pick(["rows", "columns"]),
    body: random.happens(0.3)
  }
}

/** What `now` means at the start and at the end of a window: five minutes are the step of its clock. */
const STEP = 300_000
const NOW_OF = { start: Math.floor(NOW / STEP) * STEP, end: Math.ceil(NOW / STEP) * STEP }

const instantText = (random: Random, ms: number, now: number): string => {
  const relative = `now${ms > now ? "+" : "-"}${Math.abs(ms - now) / 1_000}s`
  const isRelative = ms % 1_000 === 0 && Math.abs(ms - now) < 1e9 && ms !== now
  return random.pick([`${ms}000`, `${ms}000000`, new Date(ms).toISOString(), ...isRelative ? [relative] : []])
}

const UNITS = { day: "1d", week: "1w", month: "1mo", quarter: "1q", year: "1y" } as const

const intervalText = (interval: AskedBuckets["interval"]): string =>
  typeof interval === "number" ? `${interval / 1_000}s` : UNITS[interval]

const parametersOf = (
  random: Random,
  { resolution, window }: Asked
): Record<string, string | number | ReadonlyArray<string>> => ({
  start_time: instantText(random, window.start, NOW_OF.start),
  end_time: instantText(random, window.end, NOW_OF.end),
  ...(resolution.kind === "pixels" ? { width: resolution.width } : {}),
  ...(resolution.kind === "buckets"
    ? {
      interval: intervalText(resolution.interval),
      agg: resolution.agg,
      fill: resolution.fill,
      ...(resolution.tz === null ? {} : { tz: resolution.tz }),
      ...(resolution.maxGap === Infinity ? {} : { max_gap: `${resolution.maxGap / 1_000}s` })
    }
    : {})
})

const send = async (world: World, random: Random, asked: Asked): Promise<Response> => {
  const parameters = {
    site_name: "north",
    ...parametersOf(random, asked),
    format: asked.format,
    layout: asked.layout,
    explain: true
  }
  if (asked.body) {
    const body = JSON.stringify({ ...parameters, point_names: asked.points })
    return world.query(
      "/timeseries/query",
      reader({ method: "POST", body, headers: { "content-type": "application/json" } })
    )
  }
  const search = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
  for (const point of asked.points) search.append("point_name", point)
  return world.query(`/timeseries/query?${search.toString()}`, reader())
}

type Fields = Readonly<Record<string, unknown>>
interface Body {
  readonly samples?: ReadonlyArray<Fields>
  readonly series?: ReadonlyArray<Fields>
  readonly metadata: Fields
  readonly explain: Fields
}

type Answer = [points: Map<string, Rows>, metadata?: Fields, explain?: Fields]

/** The cells of every point, whatever the format. */
const read = (text: string, { format, layout }: Asked, names: ReadonlyArray<string>): Answer => {
  const answers = new Map<string, Array<Rows[number]>>()
  const add = (point: unknown, at: unknown, cells: ReadonlyArray<unknown>) => {
    const rows = answers.get(point as string) ?? []
    rows.push([at as number, cells as ReadonlyArray<number | null>])
    answers.set(point as string, rows)
  }
  if (format === "csv") {
    const [head, ...lines] = text.trimEnd().split("\n")
    assert.strictEqual(head, ["point_name", "timestamp", ...names].join(","))
    for (const line of lines) {
      const [point, at, ...cells] = line.replace(/^"(.*)"/, (_, name: string) => name.replace(",", ";")).split(",")
      add(point?.replace(";", ","), Number(at), cells.map((cell) => cell === "" ? null : Number(cell)))
    }
    return [answers]
  }
  const rows = (list: ReadonlyArray<Fields>) => {
    for (const row of list) add(row["point_name"], row["timestamp"], names.map((name) => row[name]))
  }
  if (format === "ndjson") {
    const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line) as Fields)
    rows(lines.slice(0, -1))
    return [answers, lines.at(-1)?.["metadata"] as Fields, lines.at(-1)?.["explain"] as Fields]
  }
  const body = JSON.parse(text) as Body
  if (layout === "rows") rows(body.samples ?? [])
  for (const series of layout === "columns" ? body.series ?? [] : []) {
    const columns = names.map((name) => series[name === "value" ? "values" : name] as ReadonlyArray<number | null>)
    for (const [i, at] of (series["timestamps"] as ReadonlyArray<number>).entries()) {
      add(series["point"], at, columns.map((column) => column[i]))
    }
  }
  return [answers, body.metadata, body.explain]
}

const INEXACT: ReadonlySet<string> = new Set<Aggregation>(["avg", "sum", "rate", "twa", "delta"])

const isClose = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b)) + 1e-300

const sameCell = (got: number | null | undefined, want: number | null, exact: boolean): boolean =>
  Object.is(got, want) || (!exact && typeof got === "number" && want !== null && isClose(got, want))

const differenceOf = (got: Rows, want: Rows, names: ReadonlyArray<string>, exact: boolean): string | null => {
  if (got.length !== want.length) return `${got.length} rows, expected ${want.length}`
  for (const [i, [at, cells]] of want.entries()) {
    const row = got[i]
    const wrong = names.findIndex((name, k) => !sameCell(row?.[1][k], cells[k] ?? null, exact && !INEXACT.has(name)))
    if (row?.[0] !== at || wrong !== -1) {
      return `row ${i}: ${JSON.stringify(row)}, expected ${JSON.stringify([at, cells])}`
    }
  }
  return null
}

/** What the answers were read from: a test that never meets a tier proves nothing about it. */
const TIERS = ["hot_days", "days", "months", "rollups"] as const
const met = {
  hot_days: 0,
  days: 0,
  months: 0,
  rollups: 0,
  hourly_columns: 0,
  hourly_buckets: 0,
  in_a_zone: 0,
  beside_stale_days: 0,
  held: 0
}

const note = (explain: Fields, resolution: AskedResolution, { stale }: Truth): void => {
  const read = (tier: typeof TIERS[number]) => (explain[tier] as ReadonlyArray<unknown>).length > 0
  for (const tier of TIERS) if (read(tier)) met[tier]++
  if (!read("rollups")) return
  if (resolution.kind === "pixels") met.hourly_columns++
  if (resolution.kind === "buckets") met.hourly_buckets++
  if (resolution.kind === "buckets" && resolution.tz !== null && resolution.tz !== "UTC") met.in_a_zone++
  if ((explain["days"] as ReadonlyArray<string>).some((day) => stale.has(day))) met.beside_stale_days++
}

const check = async (world: World, truth: Truth, random: Random, asked: Asked): Promise<void> => {
  const { points, resolution, window } = asked
  const response = await send(world, random, asked)
  const text = await response.text()
  const said = `${JSON.stringify(asked)}: `
  assert.strictEqual(response.status, 200, said + text)
  const names = resolution.kind === "buckets" && resolution.agg.length > 1 ? resolution.agg : ["value"]
  const [answers, metadata, explain] = read(text, asked, names)
  // -0 is "0" to CSV's and our own Number alike, but an average of it is computed: bits are compared where none is.
  const exact = resolution.kind !== "buckets" || (resolution.fill !== "linear" && names[0] !== "value") ||
    (resolution.fill !== "linear" && !INEXACT.has(resolution.agg[0] ?? ""))
  let returned = 0
  for (const point of points) {
    const want = expectedRows(truth.all.get(point) ?? [], window, resolution, calendar)
    returned += want.length
    const difference = differenceOf(answers.get(point) ?? [], want, names, exact)
    assert.isNull(difference, `${said}${point}: ${difference}`)
  }
  if (metadata === undefined || explain === undefined) return
  note(explain, resolution, truth)
  if (metadata["held_values"] !== 0) met.held++
  const inside = points.flatMap((point) =>
    within(truth.all.get(point) ?? [], window).map(([at]) => truth.hot.get(point)?.has(at) === true)
  )
  const d1 = inside.filter((hot) => hot).length
  assert.deepStrictEqual(
    [metadata["d1_samples"], metadata["r2_samples"], metadata["returned_samples"]],
    [d1, inside.length - d1, returned],
    said
  )
}

// All queries on a fixed seed, and some on a fresh one.
for (const [i, seed] of seeds(1, 1).entries()) {
  const count = i === 0 ? QUERIES : QUERIES / 4
  it(`laws 2 and 10: ${count} random queries answer what the definitions say, in any tier (seed ${seed})`, async () => {
    const random = randomOf(seed)
    const world = await makeWorld({ ENABLE_QUERY_CACHE: "false" })
    world.clock.now = NOW
    const truth = await fillSite(world, "north", random)
    for (let i = 0; i < count; i++) await check(world, truth, random, draw(random))
    for (const [what, times] of Object.entries(met)) assert.isAbove(times, count / 100, what)
  })
}
