/**
 * Every setting of every Worker, read and validated in one place. With a wrong value a Worker does no work.
 *
 * The README has a table of them. `Settings` are shared by all Workers, `SourceSettings` by those that ask ACE.
 */
import { Data, Option, Redacted, Result, Schema } from "effect"
import { MAX_BACKFILL_DAYS } from "../domain/jobs/backfill/job.ts"
import { DEFAULT_LATE_DAYS, MAX_LATE_DAYS } from "../domain/jobs/reread-plan.ts"
import { DEFAULT_OVERLAP_MS, MAX_OVERLAP_MS } from "../domain/jobs/sync-plan.ts"
import { parseSiteName } from "../domain/samples/names.ts"
import { MINUTE_MS } from "../domain/time/calendar.ts"
import { parseApiKey } from "./api-key.ts"

/** One line for each fault; each names its setting, none repeats a value that may be secret. */
export class SettingsError extends Data.TaggedError("SettingsError")<{ readonly faults: ReadonlyArray<string> }> {
  override get message() {
    return `settings are wrong: ${this.faults.join("; ")}`
  }
}

/** The Worker's variables as texts, by name; those that are blank are not among them. */
type Texts = Readonly<Record<string, string>>
/** The value of a text, or what was expected instead. */
type Parse<A> = (text: string) => Result.Result<A, string>
/** Reads one setting; a fault names it. */
type Setting<A> = (texts: Texts) => Result.Result<A, string>

const required = <A>(name: string, parse: Parse<A>): Setting<A> => (texts) => {
  const text = texts[name]
  return text === undefined
    ? Result.fail(`${name}: it is missing`)
    : Result.mapError(parse(text), (expected) => `${name}: ${expected}`)
}

const optional = <A>(name: string, fallback: A, parse: Parse<A>): Setting<A> => (texts) =>
  texts[name] === undefined ? Result.succeed(fallback) : required(name, parse)(texts)

const whole = (name: string, fallback: number, minimum: number, maximum: number) =>
  optional(name, fallback, (text) => {
    const value = Number(text)
    return Number.isInteger(value) && value >= minimum && value <= maximum
      ? Result.succeed(value)
      : Result.fail(`expected a whole number from ${minimum} to ${maximum}`)
  })

const FLAGS = new Map([
  ...["true", "yes", "on", "1", "y"].map((word) => [word, true] as const),
  ...["false", "no", "off", "0", "n"].map((word) => [word, false] as const)
])

const flag = (name: string, fallback: boolean) =>
  optional(name, fallback, (text) => {
    const value = FLAGS.get(text)
    return value === undefined ? Result.fail("expected true or false") : Result.succeed(value)
  })

const cutAtCommas: Parse<ReadonlyArray<string>> = (text) => Result.succeed(text.split(",").map((part) => part.trim()))

/** A list, by default cut at commas. A fault names every part that is wrong. */
const list = <A>(name: string, parse: Parse<A>, cut = cutAtCommas): Setting<ReadonlyArray<A>> =>
  optional<ReadonlyArray<A>>(name, [], (text) =>
    Result.flatMap(cut(text), (texts) => {
      const parts = texts.map(parse)
      const faults = new Set(parts.filter(Result.isFailure).map(({ failure }) => failure))
      return faults.size > 0 ? Result.fail([...faults].join(", ")) : Result.all(parts)
    }))

const decodeTexts = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Array(Schema.String)))

/** Texts between commas, or a JSON array, whose texts may have commas in them. */
const cutTexts: Parse<ReadonlyArray<string>> = (text) =>
  text.startsWith("[")
    ? Result.mapError(decodeTexts(text), () => `it begins with [ and is not a JSON array such as ["a,b", "c"]`)
    : cutAtCommas(text)

const secret = (text: string) => Result.succeed(Redacted.make(text))

/** What the Workers' configuration names before somebody has named their own site. */
const PLACEHOLDER = "your-site"

const parseSites: Parse<string> = (text) =>
  text === PLACEHOLDER
    ? Result.fail(`${PLACEHOLDER} stands for the name of your site: replace it in wrangler.jsonc`)
    : Result.mapError(parseSiteName(text), ({ message }) => message)

const parseKeys = (text: string) =>
  Result.fromNullishOr(
    parseApiKey(text),
    () => "each entry must be admin:<SHA-256 in lower-case hex> or read:<the same>, with @site1+site2 for some sites," +
      " percent-encoded"
  )

const parseOrigin: Parse<string> = (text) =>
  URL.parse(text)?.origin === text
    ? Result.succeed(text)
    : Result.fail(`${JSON.stringify(text)} is not an origin such as https://charts.example.org`)

const parseBaseUrl: Parse<string> = (text) => {
  const url = URL.parse(text)
  return url === null ? Result.fail("expected a URL") : Result.succeed(url.href.replace(/\/+$/, ""))
}

const parseSelection: Parse<"all" | "configured"> = (text) =>
  text === "all" || text === "configured" ? Result.succeed(text) : Result.fail("expected all or configured")

const DEFAULT_HOT_DAYS = 20

/** Days that are archived are not read again, so that fewer hot days leave less time for late samples. */
const lateDays: Setting<number> = (texts) => {
  const hotDays = Number(texts["HOT_STORAGE_DAYS"] ?? DEFAULT_HOT_DAYS)
  return whole("LATE_DAYS", Math.min(DEFAULT_LATE_DAYS, hotDays - 1), 1, MAX_LATE_DAYS)(texts)
}

const sharedSettings = {
  sites: list("SITE_NAME", parseSites, cutTexts),
  hotDays: whole("HOT_STORAGE_DAYS", DEFAULT_HOT_DAYS, 1, 400),
  maxQueryRangeDays: whole("MAX_QUERY_RANGE_DAYS", 366, 1, 3_660),
  maxQueryPoints: whole("MAX_QUERY_POINTS", 100, 1, 10_000),
  /** Samples that one query may read: a year of five points with a sample a minute is 2.6 million. */
  maxQuerySamples: whole("MAX_QUERY_SAMPLES", 4_000_000, 1, 100_000_000),
  /** Cold objects that one query may read, each in one request or a few; a Worker may make 10,000. */
  maxQueryObjects: whole("MAX_QUERY_OBJECTS", 3_000, 1, 5_000),
  enableQueryCache: flag("ENABLE_QUERY_CACHE", true),
  maxBackfillDays: whole("MAX_DAYS_PER_REQUEST", MAX_BACKFILL_DAYS, 1, MAX_BACKFILL_DAYS),
  syncOverlapMinutes: whole("SYNC_OVERLAP_MINUTES", DEFAULT_OVERLAP_MS / MINUTE_MS, 0, MAX_OVERLAP_MS / MINUTE_MS),
  /** How late a sample may be for a sync to find it, days. */
  lateDays,
  /**
   * How long one run of all sites, or one queue step, may begin new work, ms. A Worker cannot use more CPU time than
   * wall time, so this keeps it inside the CPU limit, which is 30 s for a cron every five minutes.
   */
  processTimeoutMs: whole("PROCESS_TIMEOUT_MS", 20_000, 1_000, 840_000),
  allowedOrigins: list("ALLOWED_ORIGINS", parseOrigin),
  apiKeys: list("API_KEYS", parseKeys),
  backfillApiKey: optional("BACKFILL_API_KEY", Option.none(), (text) => Result.map(secret(text), Option.some)),
  /** Status pages and queries need no key. */
  openReads: flag("OPEN_READS", false),
  localDevelopment: flag("LOCAL_DEVELOPMENT", false),
  /** How far the Worker's clock is ahead of the real time, ms; only for local development and tests. */
  clockOffsetMs: whole("CLOCK_OFFSET_MS", 0, -4e12, 4e12)
}

/** As the ACE adapter takes them. */
const aceSettings = {
  baseUrl: optional("ACE_API_BASE", "https://flightdeck.aceiot.cloud/api", parseBaseUrl),
  key: required("ACE_API_KEY", secret),
  requestsPerMinute: whole("REQUESTS_PER_MINUTE", 50, 1, 6_000),
  maxRetries: whole("MAX_RETRIES", 3, 0, 10),
  /** For one attempt, ms. */
  timeoutMs: whole("ACE_TIMEOUT_MS", 60_000, 1_000, 120_000),
  /** Rows of a page; the next size that ACE offers is taken. Pages of more than 100,000 rows do not fit an isolate. */
  pageSize: whole("BATCH_SIZE", 50_000, 1, 100_000),
  pointSelection: optional("POINT_SELECTION", "all", parseSelection)
}

type Values<Shape extends Record<string, Setting<unknown>>> = {
  readonly [K in keyof Shape]: Shape[K] extends Setting<infer A> ? A : never
}

export type Settings = Values<typeof sharedSettings>
export type SourceSettings = Values<typeof aceSettings>

/** Faults of settings together, and names that are not used any more. */
const refusals = (texts: Texts, settings: Settings): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const threshold = texts["ARCHIVE_THRESHOLD_DAYS"]
  if (threshold !== undefined && Number(threshold) !== settings.hotDays) {
    faults.push(
      `ARCHIVE_THRESHOLD_DAYS is replaced by HOT_STORAGE_DAYS (now ${settings.hotDays}): ` +
        "one boundary decides what is hot and what is archived"
    )
  }
  if (settings.lateDays >= settings.hotDays) {
    faults.push(
      `LATE_DAYS (${settings.lateDays}) must be less than HOT_STORAGE_DAYS (${settings.hotDays}): ` +
        "only days that are still hot are read again"
    )
  }
  if (settings.clockOffsetMs !== 0 && !settings.localDevelopment) {
    faults.push("CLOCK_OFFSET_MS is for local development only: it needs LOCAL_DEVELOPMENT=true")
  }
  if (new Set(settings.sites).size < settings.sites.length) faults.push("SITE_NAME names a site twice")
  return faults
}

const textsOf = (env: object): Texts => {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    // `env` also holds bindings. A variable in wrangler.jsonc may be written as a JSON number or boolean.
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      const text = String(value).trim()
      if (text !== "") texts[name] = text
    }
  }
  return texts
}

const orFail = <A>(value: A, faults: ReadonlyArray<string>): Result.Result<A, SettingsError> =>
  faults.length > 0 ? Result.fail(new SettingsError({ faults })) : Result.succeed(value)

const readAll = <Shape extends Record<string, Setting<unknown>>>(
  shape: Shape,
  texts: Texts
): Result.Result<Values<Shape>, SettingsError> => {
  const faults: Array<string> = []
  const values: Record<string, unknown> = {}
  for (const [key, read] of Object.entries(shape)) {
    Result.match(read(texts), {
      onFailure: (fault) => faults.push(fault),
      onSuccess: (value) => values[key] = value
    })
  }
  return orFail(values as Values<Shape>, faults)
}

/** The settings that every Worker has. */
export const readSettings = (env: object): Result.Result<Settings, SettingsError> => {
  const texts = textsOf(env)
  return Result.flatMap(readAll(sharedSettings, texts), (settings) => orFail(settings, refusals(texts, settings)))
}

/** The settings of a Worker that asks ACE: `SITE_NAME` and `ACE_API_KEY` are required. */
export const readSourceSettings = (env: object): Result.Result<SourceSettings, SettingsError> => {
  const texts = textsOf(env)
  if (texts["SITE_NAME"] === undefined) return Result.fail(new SettingsError({ faults: ["SITE_NAME: it is missing"] }))
  return Result.flatMap(readAll(aceSettings, texts), (settings) =>
    // The key goes along with every request.
    settings.baseUrl.startsWith("https:") || texts["LOCAL_DEVELOPMENT"] === "true"
      ? Result.succeed(settings)
      : Result.fail(new SettingsError({ faults: ["ACE_API_BASE: it must begin with https:"] })))
}
