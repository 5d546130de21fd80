/**
 * Every setting of every Worker, read and validated in one place. A bad value stops the Worker: nothing half-runs.
 *
 * The README's table lists them; `Settings` is what all Workers share, `SourceSettings` what those that ask ACE need.
 */
import { Config, ConfigProvider, Data, Effect, Result, Schema } from "effect"
import { MAX_BACKFILL_DAYS } from "../domain/jobs/backfill/job.ts"
import { MINUTE_MS } from "../domain/time/calendar.ts"
import { parseSiteName } from "../domain/samples/names.ts"
import { DEFAULT_OVERLAP_MS, MAX_OVERLAP_MS } from "../domain/jobs/sync-plan.ts"

/** One line a fault; each names its setting, none repeats a value that may be secret. */
export class SettingsError extends Data.TaggedError("SettingsError")<{ readonly faults: ReadonlyArray<string> }> {
  override get message() {
    return `settings are wrong: ${this.faults.join("; ")}`
  }
}

const whole = (name: string, fallback: number, minimum: number, maximum: number) =>
  Config.schema(Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum })), name).pipe(
    Config.withDefault(fallback)
  )

const flag = (name: string, fallback: boolean) => Config.Boolean(name).pipe(Config.withDefault(fallback))

/** A text cut at commas, each part trimmed; no part may be empty. */
const list = (name: string): Config.Config<ReadonlyArray<string>> =>
  Config.String(name).pipe(Config.map((text) => text.split(",").map((part) => part.trim())), Config.withDefault([]))

const sharedSettings = {
  sites: list("SITE_NAME"),
  hotDays: whole("HOT_STORAGE_DAYS", 20, 1, 400),
  maxQueryRangeDays: whole("MAX_QUERY_RANGE_DAYS", 366, 1, 3_660),
  maxQueryPoints: whole("MAX_QUERY_POINTS", 100, 1, 10_000),
  /** Samples that one query may read: a day of a point at one minute is 1,440, a year of five such points 2.6 million. */
  maxQuerySamples: whole("MAX_QUERY_SAMPLES", 4_000_000, 1, 100_000_000),
  /** Cold objects that one query may read, each in one request or a few; a Worker may make 10,000. */
  maxQueryObjects: whole("MAX_QUERY_OBJECTS", 3_000, 1, 5_000),
  enableQueryCache: flag("ENABLE_QUERY_CACHE", true),
  maxBackfillDays: whole("MAX_DAYS_PER_REQUEST", MAX_BACKFILL_DAYS, 1, MAX_BACKFILL_DAYS),
  syncOverlapMinutes: whole("SYNC_OVERLAP_MINUTES", DEFAULT_OVERLAP_MS / MINUTE_MS, 0, MAX_OVERLAP_MS / MINUTE_MS),
  /**
   * How long one run, of all sites together, or one queue step may begin new work, ms. A Worker's CPU time cannot pass
   * its wall time, so this and the piece begun last keep it inside the CPU limit: 30 s for a cron every five minutes.
   */
  processTimeoutMs: whole("PROCESS_TIMEOUT_MS", 20_000, 1_000, 840_000),
  allowedOrigins: list("ALLOWED_ORIGINS"),
  /** `admin:<SHA-256 of a key, hex>` or `read:…`, for some sites only with `@site1+site2`; as many as needed. */
  apiKeys: list("API_KEYS"),
  backfillApiKey: Config.option(Config.Redacted("BACKFILL_API_KEY")),
  /** Status pages and queries need no key. */
  openReads: flag("OPEN_READS", false),
  localDevelopment: flag("LOCAL_DEVELOPMENT", false),
  /** How far the Worker's clock runs ahead of the wall, ms; only for local development and tests. */
  clockOffsetMs: whole("CLOCK_OFFSET_MS", 0, -4e12, 4e12)
}

/** As the ACE adapter takes them. */
const aceSettings = {
  baseUrl: Config.URL("ACE_API_BASE").pipe(
    Config.map((url) => url.href.replace(/\/+$/, "")),
    Config.withDefault("https://flightdeck.aceiot.cloud/api")
  ),
  key: Config.Redacted("ACE_API_KEY"),
  requestsPerMinute: whole("REQUESTS_PER_MINUTE", 50, 1, 6_000),
  maxRetries: whole("MAX_RETRIES", 3, 0, 10),
  /** For one attempt, ms. */
  timeoutMs: whole("ACE_TIMEOUT_MS", 60_000, 1_000, 120_000),
  /** Rows a page; the next size that ACE offers is taken. Larger ones than 100,000 do not fit an isolate. */
  pageSize: whole("BATCH_SIZE", 50_000, 1, 100_000),
  pointSelection: Config.Literals(["all", "configured"], "POINT_SELECTION").pipe(Config.withDefault("all" as const))
}

type Read<Shape extends Record<string, Config.Config<unknown>>> = {
  readonly [K in keyof Shape]: Config.Success<Shape[K]>
}

export type Settings = Read<typeof sharedSettings>
export type SourceSettings = Read<typeof aceSettings>

/** Names that no longer mean what they did, and what replaces them. */
const refusals = (texts: Texts, settings: Settings): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const threshold = texts["ARCHIVE_THRESHOLD_DAYS"]
  if (threshold !== undefined && Number(threshold) !== settings.hotDays) {
    faults.push(
      `ARCHIVE_THRESHOLD_DAYS is replaced by HOT_STORAGE_DAYS (now ${settings.hotDays}): one boundary decides what is hot and what is archived`
    )
  }
  if (settings.clockOffsetMs !== 0 && !settings.localDevelopment) {
    faults.push("CLOCK_OFFSET_MS is for local development only: it needs LOCAL_DEVELOPMENT=true")
  }
  for (const site of settings.sites) {
    const name = parseSiteName(site)
    if (Result.isFailure(name)) faults.push(`SITE_NAME: ${name.failure.message}`)
  }
  if (new Set(settings.sites).size < settings.sites.length) faults.push("SITE_NAME names a site twice")
  for (const origin of settings.allowedOrigins) {
    if (!isOrigin(origin)) faults.push(`ALLOWED_ORIGINS: ${JSON.stringify(origin)} is not an origin such as https://charts.example.org`)
  }
  if (settings.apiKeys.some((key) => !API_KEY.test(key))) {
    faults.push("API_KEYS: each entry must be admin:<SHA-256 in lower-case hex> or read:<the same>, with @site1+site2 for some sites")
  }
  return faults
}

/** Scope, digest and sites of an entry. */
export const API_KEY = /^(admin|read):([0-9a-f]{64})(?:@([^+@]+(?:\+[^+@]+)*))?$/

const isOrigin = (text: string): boolean => {
  const url = URL.parse(text)
  return url !== null && url.origin === text
}

type Texts = Readonly<Record<string, string>>

/** The Worker's variables as text: bindings are left out, and so is what is blank. */
const textsOf = (env: object): Texts => {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    // A variable in wrangler.jsonc may be written as a JSON number or boolean.
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      const text = String(value).trim()
      if (text !== "") texts[name] = text
    }
  }
  return texts
}

const readAll = <Shape extends Record<string, Config.Config<unknown>>>(
  shape: Shape,
  texts: Texts
): Result.Result<Read<Shape>, SettingsError> => {
  const provider = ConfigProvider.fromUnknown(texts)
  const faults: Array<string> = []
  const values: Record<string, unknown> = {}
  for (const [key, config] of Object.entries(shape)) {
    Result.match(Effect.runSync(Effect.result(config.parse(provider))), {
      onFailure: (error) => faults.push(describe(error)),
      onSuccess: (value) => values[key] = value
    })
  }
  return faults.length > 0 ? Result.fail(new SettingsError({ faults })) : Result.succeed(values as Read<Shape>)
}

/** `SchemaError(Expected … at ["NAME"])` as `NAME: expected …`. */
const describe = (error: Config.ConfigError): string => {
  const match = /^(?:\w+\()?(.*?)\s+at \["([^"]+)"\]/s.exec(error.message)
  return match === null ? error.message : `${match[2]}: ${match[1] === "Expected string" ? "it is missing" : match[1]}`
}

/** The settings that every Worker has. */
export const readSettings = (env: object): Result.Result<Settings, SettingsError> => {
  const texts = textsOf(env)
  return Result.flatMap(readAll(sharedSettings, texts), (settings) => {
    const faults = refusals(texts, settings)
    return faults.length > 0 ? Result.fail(new SettingsError({ faults })) : Result.succeed(settings)
  })
}

/** What a Worker that asks ACE needs: `SITE_NAME` and `ACE_API_KEY` must be there. */
export const readSourceSettings = (env: object): Result.Result<SourceSettings, SettingsError> => {
  const texts = textsOf(env)
  return texts["SITE_NAME"] === undefined
    ? Result.fail(new SettingsError({ faults: ["SITE_NAME: it is missing"] }))
    : readAll(aceSettings, texts)
}
