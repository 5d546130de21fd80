/**
 * `npm run bench query [--fresh] [--no-load]`: chart queries of a year of 200 points of mix A, by the query Worker in
 * local workerd on real D1 and R2, without a cache. Times are measured at the client. CPU time is that of the whole
 * workerd with its database and bucket. The memory of a stream is that of a workerd with only the Worker.
 */
import { loadavg } from "node:os"
import { parseArgs } from "node:util"
import { Random } from "./mixes/random.ts"
import { prepareData, SEED } from "./query/data.ts"
import { measureLoad } from "./query/load.ts"
import { type Measured, measurePixels, measureRaw, RANGES } from "./query/measure.ts"
import { measureStream } from "./query/memory.ts"
import { startRuntime } from "./query/runtime.ts"

const { values: options } = parseArgs({
  options: { fresh: { type: "boolean", default: false }, "no-load": { type: "boolean", default: false } },
  allowPositionals: true
})

const round = (value: number, digits = 1): number => Number(value.toFixed(digits))
const [busy = NaN] = loadavg()
console.log(`load of the machine before: ${busy.toFixed(1)}`)

const folder = await prepareData(options.fresh)
const random = new Random(SEED, 0x9e)

const stream = await measureStream(folder, random)
console.log(
  `1y, 5 points, raw CSV: ${stream.rows} rows, ${stream.megabytes.toFixed(1)} MB ` +
    `in ${(stream.ms / 1_000).toFixed(1)} s, peak ${stream.peakMegabytes.toFixed(0)} MB above idle`
)

const runtime = await startRuntime(folder)
const print = (name: string, one: Measured): void => {
  console.log(
    `${name.padEnd(13)} ${one.medianMs.toFixed(1).padStart(8)} ms, p95 ${one.p95Ms.toFixed(1).padStart(8)} ms, ` +
      `${one.gets} GETs of ${one.readKilobytes.toFixed(1)} KB, ${one.rowsRead} rows read, ` +
      `${one.answerKilobytes.toFixed(1)} KB of ${one.samples} samples`
  )
}
const pixels = new Map<string, Measured>()
for (const [range, ms] of Object.entries(RANGES)) {
  for (const count of [1, 5]) {
    const measured = await measurePixels(runtime, random, ms, count)
    print(`${range}, ${count} point${count === 1 ? "" : "s"}`, measured)
    pixels.set(`${range}${count}`, measured)
  }
}
const raw = await measureRaw(runtime, random, RANGES["1y"], 5)
print("1y, 5p, raw", raw)

const load = options["no-load"] ? null : await measureLoad(runtime, random)
await runtime.stop()
if (load !== null) {
  console.log(
    `load: ${load.answers} answers, ${load.perSecond.toFixed(0)} a second, median ${load.p50Ms.toFixed(0)} ms, ` +
      `p95 ${load.p95Ms.toFixed(0)} ms, p99 ${load.p99Ms.toFixed(0)} ms, ${load.errors} errors; ` +
      `workerd used ${load.cpuShare.toFixed(2)} cores; load of the machine ${(loadavg()[0] ?? NaN).toFixed(1)}`
  )
}

const year = pixels.get("1y5")
console.log(JSON.stringify({
  year5pGets: year?.gets,
  year5pJsonKB: round(year?.answerKilobytes ?? NaN),
  year5pVsRaw: round(raw.ratio, 4),
  year5pMs: round(year?.medianMs ?? NaN),
  day5pMs: round(pixels.get("1d5")?.medianMs ?? NaN),
  peakMB: round(stream.peakMegabytes),
  loadP50Ms: load === null ? null : round(load.p50Ms),
  loadP95Ms: load === null ? null : round(load.p95Ms),
  loadP99Ms: load === null ? null : round(load.p99Ms),
  loadErrors: load === null ? null : load.errors,
  loadPerSecond: load === null ? null : round(load.perSecond)
}))
