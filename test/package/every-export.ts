/**
 * Run by test/package.test.ts in a project that has installed the package, on the lowest Node that the package names:
 * imports every module that the package exports, and uses each adapter once. D1, R2, KV and the queue are Miniflare's,
 * ACE is a server of a few lines. Prints what it did as JSON.
 */
import { Effect, Layer, Option, Redacted, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import { readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as SampleSourceAce from "building-vitals/adapters/ace/SampleSourceAce"
import * as AnswerFileParquet from "building-vitals/adapters/answers/AnswerFileParquet"
import * as QueryCacheKv from "building-vitals/adapters/cache/QueryCacheKv"
import * as ColdStoreR2 from "building-vitals/adapters/cold/ColdStoreR2"
import * as HotStoreD1 from "building-vitals/adapters/hot/HotStoreD1"
import * as JobStateD1 from "building-vitals/adapters/jobs/JobStateD1"
import * as MonthStoreCloudflare from "building-vitals/adapters/months/MonthStoreCloudflare"
import * as StepQueueCloudflare from "building-vitals/adapters/steps/StepQueueCloudflare"
import { dayOf, monthOf, parseInstant } from "building-vitals"
import { AnswerFile } from "building-vitals/ports/AnswerFile"
import { Catalog } from "building-vitals/ports/Catalog"
import { ColdStore } from "building-vitals/ports/ColdStore"
import { HotDays } from "building-vitals/ports/HotDays"
import { Intake } from "building-vitals/ports/Intake"
import { JobState } from "building-vitals/ports/JobState"
import { MonthStore } from "building-vitals/ports/MonthStore"
import { QueryCache } from "building-vitals/ports/QueryCache"
import { Reads } from "building-vitals/ports/Reads"
import { SampleSource } from "building-vitals/ports/SampleSource"
import { type Step, StepQueue } from "building-vitals/ports/StepQueue"

const installed = "node_modules/building-vitals"
const modules = readdirSync(`${installed}/dist`, { recursive: true, encoding: "utf8" })
  .filter((file) => /^(domain|ports|adapters)\/.*\.js$/.test(file))
for (const file of modules) await import(`building-vitals/${file.slice(0, -".js".length)}`)
await import("building-vitals/client")

const start = Effect.runSync(Effect.fromResult(parseInstant("2026-10-03T00:00:00Z", "start")))
const day = dayOf(start)
const window = { start, end: start + 3_600_000 }
const timestamps = Float64Array.from({ length: 60 }, (_, i) => start + i * 60_000)
const series = { point: "demo/a", timestamps, values: timestamps.map((_, i) => 20 + i / 8) }

const ace = createServer((request, response) => {
  const rows = [{ name: "demo/a", value: "21.5", time: "2026-10-03T00:00:00Z" }]
  const isPage = request.url?.includes("/timeseries/paginated") === true
  response.end(JSON.stringify(isPage ? { point_samples: rows, has_more: false, next_cursor: null } : { items: [] }))
})
await new Promise<void>((listening) => ace.listen(0, "127.0.0.1", listening))

const miniflare = new Miniflare(convertV4MiniflareOptions({
  modules: [{ type: "ESModule", path: "worker.js", contents: "export default { fetch: () => new Response() }" }],
  compatibilityDate: "2026-10-20",
  cf: false,
  d1Databases: ["DB"],
  r2Buckets: ["BUCKET"],
  kvNamespaces: ["KV"],
  queueProducers: { STEPS: "steps" }
}))
interface Bindings {
  readonly DB: D1Database
  readonly BUCKET: R2Bucket
  readonly KV: KVNamespace
  readonly STEPS: Queue<Step>
}
const { BUCKET: bucket, DB: db, KV: kv, STEPS: steps } = await miniflare.getBindings<Bindings>()
for (const file of readdirSync(`${installed}/migrations`).sort()) {
  const text = readFileSync(`${installed}/migrations/${file}`, "utf8")
  const statements = text.replaceAll(/^\s*--.*$/gm, "").split(/;\s*$/m)
  await db.batch(statements.filter((sql) => sql.trim() !== "").map((sql) => db.prepare(sql)))
}

let later: Promise<unknown> = Promise.resolve()
const jobs = JobStateD1.layer(db)
const options = {
  baseUrl: `http://127.0.0.1:${(ace.address() as AddressInfo).port}/api`,
  key: Redacted.make("key"),
  requestsPerMinute: 600,
  maxRetries: 0,
  timeoutMs: 60_000,
  pageSize: 1_000,
  pointSelection: "all" as const
}
const layers = Layer.mergeAll(
  HotStoreD1.layer(db),
  ColdStoreR2.layer(bucket),
  MonthStoreCloudflare.layer(db, bucket),
  jobs,
  QueryCacheKv.layer(kv, (work) => void (later = work)),
  StepQueueCloudflare.layer(steps),
  AnswerFileParquet.layer,
  SampleSourceAce.layer(options).pipe(Layer.provide([FetchHttpClient.layer, jobs]))
)

const program = Effect.gen(function*() {
  const pages = yield* Stream.runCollect((yield* SampleSource).pages("demo", window))

  const intake = yield* Intake
  yield* intake.append(yield* intake.takeFence("demo"), 1, [series])
  const days = yield* HotDays
  yield* days.compact("demo", day)
  const { guard, series: scanned } = yield* days.scan("demo", day)
  const hot = (yield* (yield* Reads).snapshot("demo", ["demo/a"], window)).hot

  const cold = yield* ColdStore
  const identity = { site: "demo", day, generation: 1, source: "archival" as const, writtenBy: "run 1" }
  const built = yield* cold.build(identity, scanned)
  yield* cold.verify(built)
  const entry = yield* cold.put(built, null)
  yield* (yield* Catalog).publish(entry, [], guard)
  const read = yield* cold.read(entry, ["demo/a"], window)
  yield* cold.check(entry)

  const months = yield* MonthStore
  const begun = yield* months.begin("demo", monthOf(day), [{ day, generation: 1 }])
  const part = Option.getOrThrow(yield* months.addPart(begun, Stream.succeed(series)))
  yield* months.publish({ ...begun, parts: [part] }, entry.checksum)
  const samples = yield* months.readSamples(part, ["demo/a"], window)
  const hours = yield* months.readHours(part, ["demo/a"], ["starts", "counts"])

  const state = yield* JobState
  yield* state.advanceWatermark({ kind: "synced", site: "demo" }, start)
  const cache = yield* QueryCache
  yield* cache.put("question", { body: Uint8Array.of(1, 2, 3), headers: { "content-type": "text/plain" } })
  yield* Effect.promise(() => later)
  const cached = yield* cache.get("question")
  yield* (yield* StepQueue).send({ jobId: "job", step: 1 }, 0)
  const file = (yield* AnswerFile).begin(["value"])
  const answer = file.add("demo/a", { timestamps, columns: [{ name: "value", values: series.values }] })

  return {
    modules: modules.length,
    ace: pages.map(({ rows }) => rows),
    hot: hot.map((one) => one.values.length),
    cold: read.series.map((one) => one.values.length),
    samples: samples.series.map((one) => one.values.length),
    hours: hours.rollups.map(({ counts }) => [...counts]),
    watermark: Option.getOrNull(yield* state.watermark({ kind: "synced", site: "demo" })) === start,
    cached: Option.isSome(cached),
    file: answer.length + file.finish().length > 0
  }
})

try {
  console.log(
    JSON.stringify({ node: process.versions.node, ...await Effect.runPromise(Effect.provide(program, layers)) })
  )
} finally {
  await miniflare.dispose()
  ace.close()
}
