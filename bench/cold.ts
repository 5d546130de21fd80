/**
 * `npm run bench cold [--csv FILE]`: size, reads and cost of daily objects, compared with DuckDB and plain hyparquet on
 * the same samples.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { readObject } from "../src/adapters/cold/read.ts"
import { dayOf, dayStart } from "../src/domain/time/calendar.ts"
import { comparePoints } from "../src/domain/samples/names.ts"
import { emptyColumns, sliceColumns } from "../src/domain/samples/series.ts"
import { windowOfDay } from "../src/domain/time/window.ts"
import { type DayFile, makeFileBucket, type Site, writeDay } from "./cold/days.ts"
import { measureMonth } from "./cold/months.ts"
import { cpuOf, hyparquetPoint, openDuck } from "./cold/rivals.ts"
import { sparseMonth, sparseSite } from "./cold/sparse.ts"
import { measureWrite } from "./cold/write.ts"
import { mixA, mixB, SITE_POINTS } from "./mixes.ts"
import { Random } from "./mixes/random.ts"
import { readRecording } from "./mixes/recordings.ts"

const { values: options } = parseArgs({
  options: { csv: { type: "string" }, points: { type: "string", default: String(SITE_POINTS) } },
  allowPositionals: true
})

const FIRST_DAY = 20_780
/** How many different days are made; the year repeats them. */
const DAYS = 7
const YEAR = 365
const PICKS = 200

const points = Number(options.points)
const folder = mkdtempSync(join(tmpdir(), "cold-"))
const duck = await openDuck()
const bucket = makeFileBucket()
const random = new Random(1, 0xc01d)
const a = mixA({ seed: 1, points })
const b = mixB({ seed: 1, points })

const pick = (): string => a.names[random.integer(0, points - 1)] as string

const readDay = ({ entry }: DayFile, wanted: ReadonlyArray<string>) =>
  Effect.runPromise(readObject(bucket, entry, wanted, windowOfDay(entry.day)))

/** Requests and kilobytes of a read of `count` points of one day, averaged over seeded picks. */
const meanRead = async (day: DayFile, names: ReadonlyArray<string>, count: number) => {
  let gets = 0
  let bytes = 0
  for (let i = 0; i < PICKS; i++) {
    const wanted = Array.from({ length: count }, () => names[random.integer(0, names.length - 1)] as string)
    const read = await readDay(day, wanted)
    if (read.series.length !== new Set(wanted).size) throw new Error(`some of ${wanted.join()} were not found`)
    gets += read.gets
    bytes += read.bytes
  }
  return { gets: gets / PICKS, kilobytes: bytes / PICKS / 1_000 }
}

/** Requests and CPU seconds of reading one point of `days` days. */
const readDays = async (files: ReadonlyArray<DayFile>, days: number) => {
  const point = pick()
  const run = async () => {
    let gets = 0
    let rows = 0
    for (let i = 0; i < days; i++) {
      const read = await readDay(files[i % files.length] as DayFile, [point])
      gets += read.gets
      rows += read.series[0]?.timestamps.length ?? 0
    }
    return { gets, rows }
  }
  const { result, seconds } = await cpuOf(5, run)
  return { ...result, seconds, point }
}

const filesA = Array.from({ length: DAYS }, (_, i) => writeDay(folder, "a", a, FIRST_DAY + i))
const fileA = filesA[0] as DayFile
const fileB = writeDay(folder, "b", b, FIRST_DAY)
const round = (value: number, digits = 4): number => Number(value.toFixed(digits))
const size = async (name: string, { entry, file }: DayFile) => {
  const best = await duck.smallest(file, folder)
  console.log(
    `${name}: ${(entry.size / entry.rows).toFixed(3)} B/sample, DuckDB's best ${(best / entry.rows).toFixed(3)}; ` +
      `index ${entry.index?.length} bytes for ${entry.points} points`
  )
  return { perSample: entry.size / entry.rows, vsDuckdb: entry.size / best, index: entry.index?.length ?? 0 }
}

const sizeA = await size("mix A, a day", fileA)
const sizeB = await size("mix B, a day", fileB)

const one = await meanRead(fileA, a.names, 1)
const five = await meanRead(fileA, a.names, 5)
const oneB = await meanRead(fileB, b.names, 1)
console.log(
  `1 point, 1 day: ${one.gets} GETs, ${one.kilobytes.toFixed(1)} KB; ` +
    `mix B ${oneB.gets} GETs, ${oneB.kilobytes.toFixed(1)} KB`
)
console.log(`5 points, 1 day: ${five.gets} GETs, ${five.kilobytes.toFixed(1)} KB`)
const month = await readDays(filesA, 30)
const year = await readDays(filesA, YEAR)
const paths = Array.from({ length: YEAR }, (_, i) => (filesA[i % DAYS] as DayFile).file)
const rival = await cpuOf(3, () => duck.readPoint(paths, year.point))
const stock = await cpuOf(1, () => hyparquetPoint(paths, year.point))
if (rival.result !== year.rows || stock.result !== year.rows) {
  throw new Error(`${year.rows} rows here, ${rival.result} by DuckDB, ${stock.result} by hyparquet`)
}
console.log(
  `1 point, 365 days: ${year.gets} GETs, CPU ${(year.seconds * 1_000).toFixed(0)} ms; ` +
    `DuckDB ${(rival.seconds * 1_000).toFixed(0)} ms, hyparquet ${(stock.seconds * 1_000).toFixed(0)} ms`
)

const build = await measureWrite(a, FIRST_DAY, "build")
const verified = await measureWrite(a, FIRST_DAY, "verify")
console.log(
  `writing a day in workerd: CPU ${build.cpuSeconds.toFixed(2)} s, peak ${build.peakMegabytes.toFixed(0)} MB; ` +
    `verified too: ${verified.cpuSeconds.toFixed(2)} s, ${verified.peakMegabytes.toFixed(0)} MB`
)

const derived = await measureMonth(folder, a)
console.log(
  `a month: ${derived.bytesPerSample.toFixed(3)} B/sample in ${derived.parts} parts, ` +
    `peak ${derived.peakMegabytes.toFixed(0)} MB, CPU ${derived.cpuSeconds.toFixed(1)} s; ` +
    `12 of them: 1 point ${derived.yearGets} GETs, ${derived.kilobytes.toFixed(0)} KB; ` +
    `5 points hourly ${derived.yearGetsHourly5} GETs, ${derived.kilobytesHourly5.toFixed(0)} KB`
)

const few = sparseSite()
const fileFew = writeDay(folder, "sparse", few, FIRST_DAY)
const sizeFew = await size("a sample a day and point, a day", fileFew)
const oneFew = await meanRead(fileFew, few.names, 1)
const monthFew = sparseMonth(few)
console.log(`its month: ${monthFew.toFixed(3)} B/sample; 1 point, 1 day: ${oneFew.gets} GETs, ` +
  `${oneFew.kilobytes.toFixed(1)} KB`)

/** The day of the recording with the most samples, as a site. */
const recorded = (file: string): { readonly site: Site; readonly day: number } => {
  const series = readRecording(readFileSync(file, "utf8")).toSorted((x, y) => comparePoints(x.point, y.point))
  const counts = new Map<number, number>()
  for (const { timestamps } of series) {
    for (const at of timestamps) counts.set(dayOf(at), (counts.get(dayOf(at)) ?? 0) + 1)
  }
  const [day] = [...counts].sort((x, y) => y[1] - x[1])[0] ?? [0]
  return {
    day,
    site: {
      names: series.map(({ point }) => point),
      day: (of, point) => {
        const window = { start: dayStart(of), end: dayStart(of + 1) }
        const { timestamps, values } = sliceColumns(series[point] ?? emptyColumns, window)
        return { timestamps: timestamps.slice(), values: values.slice() }
      }
    }
  }
}
const csv = options.csv === undefined ? undefined : recorded(options.csv)
const sizeCsv = csv === undefined
  ? undefined
  : await size("recording, its largest day", writeDay(folder, "csv", csv.site, csv.day))

duck.close()
bucket.close()
rmSync(folder, { recursive: true })

console.log(JSON.stringify({
  bytesPerSampleDay: round(sizeA.perSample),
  bytesPerSampleMonth: round(derived.bytesPerSample),
  bytesPerSampleDayB: round(sizeB.perSample),
  bytesPerSampleDayCsv: sizeCsv === undefined ? null : round(sizeCsv.perSample),
  vsDuckdbBestA: round(sizeA.vsDuckdb),
  vsDuckdbBestB: round(sizeB.vsDuckdb),
  vsDuckdbBestCsv: sizeCsv === undefined ? null : round(sizeCsv.vsDuckdb),
  sparseBytesPerSampleDay: round(sizeFew.perSample),
  sparseBytesPerSampleMonth: round(monthFew),
  vsDuckdbBestSparse: round(sizeFew.vsDuckdb),
  gets1p1dSparse: round(oneFew.gets),
  kb1p1dSparse: round(oneFew.kilobytes, 2),
  indexBytesA: sizeA.index,
  indexBytesB: sizeB.index,
  gets1p1d: round(one.gets),
  kb1p1d: round(one.kilobytes, 2),
  gets1p1dB: round(oneB.gets),
  kb1p1dB: round(oneB.kilobytes, 2),
  gets5p1d: round(five.gets),
  kb5p1d: round(five.kilobytes, 2),
  gets1p30d: month.gets,
  gets1p365dDaily: year.gets,
  gets1p365d: round(derived.yearGets),
  gets5p365dHourly: round(derived.yearGetsHourly5),
  vsDuckdb1p365d: round(year.seconds / rival.seconds),
  vsHyparquet1p365d: round(year.seconds / stock.seconds),
  writeCpuS: round(build.cpuSeconds, 2),
  writePeakMB: round(build.peakMegabytes, 1),
  compactMonthPeakMB: round(derived.peakMegabytes, 1),
  compactMonthCpuS: round(derived.cpuSeconds, 1),
  verifyCpuS: round(verified.cpuSeconds - build.cpuSeconds, 2),
  verifyPeakMB: round(verified.peakMegabytes, 1)
}))
