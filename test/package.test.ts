/**
 * The packed package, as somebody who installs it gets it: plain JavaScript in plain Node, with types. It is packed and
 * unpacked into an empty project. On the lowest Node that the package names, a program there uses the front door, a
 * port, the memory adapters and the client; another one imports every module and uses every adapter on Miniflare.
 */
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { afterAll, assert, beforeAll, it } from "vitest"

const root = resolve(import.meta.dirname, "..")
const bin = (name: string): string => join(root, "node_modules", ".bin", name)
const home = mkdtempSync(join(tmpdir(), "package-"))
const stage = join(home, "stage")
const user = join(home, "user")

const run = (command: string, args: ReadonlyArray<string>, cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: "utf8" })

const readJson = <A>(path: string): A => JSON.parse(readFileSync(join(root, path), "utf8")) as A

const lowest = readJson<{ readonly version: string; readonly optionalDependencies: Readonly<Record<string, string>> }>(
  "tools/node-lowest/package.json"
)
/** The running Node where that version has no package for this platform. */
const platform = `node-${process.platform}-${process.arch}`
const hasLowest = platform in lowest.optionalDependencies
const lowestNode = hasLowest
  ? join(root, "tools/node-lowest/node_modules", platform, "bin/node")
  : process.execPath

let packed: ReadonlyArray<string> = []

beforeAll(() => {
  mkdirSync(stage)
  for (const file of ["package.json", "LICENSE", "migrations"]) {
    cpSync(join(root, file), join(stage, file), { recursive: true })
  }
  run(bin("tsc"), ["-p", "tsconfig.build.json", "--outDir", join(stage, "dist")], root)
  const [{ filename, files }] = JSON.parse(run("npm", ["pack", "--json", "--ignore-scripts"], stage)) as [
    { readonly filename: string; readonly files: ReadonlyArray<{ readonly path: string }> }
  ]
  packed = files.map(({ path }) => path)
  const installed = join(user, "node_modules", "building-vitals")
  mkdirSync(installed, { recursive: true })
  run("tar", ["xzf", join(stage, filename), "--strip-components=1", "-C", installed], home)
  for (const name of ["effect", "hyparquet", "hyparquet-writer", "miniflare"]) {
    symlinkSync(join(root, "node_modules", name), join(user, "node_modules", name))
  }
  writeFileSync(join(user, "package.json"), `{ "type": "module" }`)
})

afterAll(() => rmSync(home, { recursive: true }))

const program = `
import { Effect, Option, Result } from "effect"
import { boundaryOf, dayOf, decodeChunk, encodeChunk, mergeColumns, partitionKey, planArchive } from "building-vitals"
import { parseInstant } from "building-vitals"
import { earliestAsked } from "building-vitals/domain/jobs/sync-plan"
import { makeClient } from "building-vitals/client"
import { Intake } from "building-vitals/ports/Intake"
import { Reads } from "building-vitals/ports/Reads"
import { JobState } from "building-vitals/ports/JobState"
import * as HotStoreMemory from "building-vitals/adapters/memory/HotStoreMemory"
import * as JobStateMemory from "building-vitals/adapters/memory/JobStateMemory"

const start: number = Result.getOrThrow(parseInstant("2026-11-23T14:05:00Z", "start"))
const at = (value: number) => ({ timestamps: Float64Array.of(start), values: Float64Array.of(value) })
const columns = mergeColumns(at(20), at(21.5))
const key = partitionKey({ site: "demo", day: dayOf(start) })
const { due } = planArchive([dayOf(start) - 20, dayOf(start) - 21], boundaryOf(start, 20), 2)
const reach = start - earliestAsked(start, start)
const decoded = Result.getOrThrow(decodeChunk(encodeChunk(columns)))
const stored = await Effect.runPromise(Effect.gen(function*() {
  const intake = yield* Intake
  const run = yield* intake.takeFence("demo")
  yield* intake.append(run, 1, [{ point: "demo/a", ...decoded }])
  const snapshot = yield* (yield* Reads).snapshot("demo", ["demo/a"], { start, end: start + 1 })
  const jobs = yield* JobState
  yield* jobs.advanceWatermark({ kind: "synced", site: "demo" }, start)
  const watermark = Option.getOrNull(yield* jobs.watermark({ kind: "synced", site: "demo" }))
  return { values: snapshot.hot.map((series) => [...series.values]), watermark }
}).pipe(Effect.provide([HotStoreMemory.layer, JobStateMemory.layer])))
const answer = () => Promise.resolve(Response.json({ sites: ["demo"] }))
const sites = await Effect.runPromise(makeClient({ baseUrl: "https://query.example.org", fetch: answer }).sites)
console.log(JSON.stringify({ ...stored, sites, key, due, reach }))
`

it("holds what a user needs, and nothing else", () => {
  assert.includeMembers([...packed], ["package.json", "LICENSE", "dist/domain/index.js", "dist/ports/HotStore.d.ts"])
  const others = packed.filter((path) =>
    !/^(package\.json|LICENSE|README\.md|dist\/.+\.(js|d\.ts)|migrations\/.+\.sql)$/.test(path)
  )
  assert.deepStrictEqual(others, [])
})

it("runs in plain Node: the front door, a module of its own path, ports, the memory adapters and the client", () => {
  writeFileSync(join(user, "use.ts"), program)
  const answer = JSON.parse(run(lowestNode, ["use.ts"], user)) as unknown
  assert.deepStrictEqual(answer, {
    values: [[21.5]],
    watermark: Date.UTC(2026, 10, 23, 14, 5),
    sites: ["demo"],
    key: "timeseries/2026/11/23/demo.parquet",
    due: [Date.UTC(2026, 10, 2) / 86_400_000],
    reach: 2_851_200_000
  })
})

it("names the lowest Node that these tests run on", () => {
  const { engines } = readJson<{ readonly engines: { readonly node: string } }>("package.json")
  assert.strictEqual(engines.node, `>=${lowest.version}`)
})

it("every module can be imported, and every adapter does its work, in plain Node", () => {
  cpSync(join(root, "test/package/every-export.ts"), join(user, "every-export.ts"))
  const { modules, node, ...done } = JSON.parse(run(lowestNode, ["every-export.ts"], user)) as {
    readonly modules: number
    readonly node: string
  }
  assert.strictEqual(node, hasLowest ? lowest.version : process.versions.node)
  const exported = packed.filter((path) => /^dist\/(domain|ports|adapters)\/.*\.js$/.test(path))
  assert.strictEqual(modules, exported.length)
  assert.deepStrictEqual(done, {
    ace: [1],
    hot: [60],
    cold: [60],
    samples: [60],
    hours: [[60]],
    watermark: true,
    cached: true,
    file: true
  })
})

it("gives its user types", () => {
  writeFileSync(join(user, "use.ts"), program)
  const options = {
    target: "ESNext",
    module: "NodeNext",
    strict: true,
    noEmit: true,
    lib: ["ESNext", "DOM"],
    types: []
  }
  writeFileSync(join(user, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["use.ts"] }))
  run(bin("tsc"), ["-p", "."], user)
})
