/** What each folder may import and use, and what the linter must refuse there. */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import type { Plant } from "./plant.ts"

const IMPORT = "no-restricted-imports"

const from = (specifier: string): string => `export * from "${specifier}"`

const imports = (
  file: string,
  allowed: ReadonlyArray<string>,
  refused: ReadonlyArray<string>
): ReadonlyArray<Plant> => [
  ...allowed.map((specifier): Plant => [file, from(specifier), null]),
  ...refused.map((specifier): Plant => [file, from(specifier), IMPORT])
]

const ADAPTERS = "src/adapters"
const adapters = readdirSync(ADAPTERS)

const PLATFORM = "../cloudflare/"
const FORMAT = "../parquet/"

/** The other folders that the modules of an adapter may import. */
const NEIGHBOURS: Readonly<Record<string, ReadonlyArray<string>>> = {
  answers: [FORMAT],
  cache: [PLATFORM],
  cold: [PLATFORM, FORMAT],
  hot: [PLATFORM],
  jobs: [PLATFORM],
  months: [PLATFORM, FORMAT],
  steps: [PLATFORM]
}
const PARQUET_LIBRARIES = ["hyparquet", "hyparquet-writer", "node:zlib"]
const PORT = "../../ports/HotStore.ts"
const NOT_OF_ADAPTERS = ["../../apps/publish.ts", "../../../test/simulation/model.ts", "node:fs", "wrangler"]

/** Every module of the other adapters, as a module of this one would name it. */
const othersOf = (adapter: string): ReadonlyArray<string> =>
  adapters.filter((other) => other !== adapter).flatMap((other) =>
    readdirSync(join(ADAPTERS, other), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `../${other}/${file}`)
  )

const plantAdapter = (adapter: string): ReadonlyArray<Plant> => {
  const others = othersOf(adapter)
  const isNeighbour = (specifier: string) => (NEIGHBOURS[adapter] ?? []).some((start) => specifier.startsWith(start))
  // The platform knows no port.
  const [allowedPorts, refusedPorts] = adapter === "cloudflare" ? [[], [PORT]] : [[PORT], []]
  return imports(`${ADAPTERS}/${adapter}/planted.ts`, [
    "effect",
    "./neighbour.ts",
    "../../domain/samples/series.ts",
    "../../domain/codec/chunk/chunk.ts",
    ...allowedPorts,
    ...others.filter(isNeighbour)
  ], [
    ...refusedPorts,
    ...PARQUET_LIBRARIES,
    ...others.filter((specifier) => !isNeighbour(specifier)),
    `../../adapters/${adapters.find((other) => other !== adapter)}/planted.ts`,
    ...NOT_OF_ADAPTERS
  ])
}

/** The folders of `parquet/`, and the other folders of it that each may import. */
const DIRECTIONS: Readonly<Record<string, ReadonlyArray<string>>> = {
  foreign: ["format", "read"],
  format: [],
  read: ["format"],
  verify: ["format", "read", "write"],
  write: ["format"]
}

const plantDirection = (folder: string): ReadonlyArray<Plant> => {
  const allowed = DIRECTIONS[folder] ?? []
  const refused = Object.keys(DIRECTIONS).filter((other) => other !== folder && !allowed.includes(other))
  return imports(`${ADAPTERS}/parquet/${folder}/planted.ts`, [
    "effect",
    "effect/encoding",
    "./neighbour.ts",
    ...allowed.map((other) => `../${other}/planted.ts`),
    "../../../domain/samples/series.ts",
    ...PARQUET_LIBRARIES
  ], [
    ...refused.map((other) => `../${other}/planted.ts`),
    "../../../ports/HotStore.ts",
    ...othersOf("parquet").map((specifier) => `../${specifier}`),
    "../../../apps/publish.ts",
    "node:fs"
  ])
}

const GLOBALS = [
  "Date.now()",
  "performance.now()",
  "fetch",
  "process.env",
  "console.log",
  "crypto.randomUUID()",
  "setTimeout"
]

export const layers: ReadonlyArray<Plant> = [
  ...imports("src/domain/planted.ts", ["./time/window.ts", "./codec/chunk/chunk.ts"], [
    "../ports/HotStore.ts",
    "../adapters/memory/HotStore.ts",
    "../apps/publish.ts",
    "../../test/simulation/model.ts",
    "effect/http",
    "node:fs",
    "hyparquet"
  ]),
  ...imports("src/domain/codec/planted.ts", ["./frame.ts", "./chunk/chunk.ts", "../samples/series.ts"], [
    "../../ports/HotStore.ts",
    "../../apps/publish.ts",
    "node:zlib"
  ]),
  ...imports("src/domain/codec/chunk/planted.ts", [
    "./values.ts",
    "../frame.ts",
    "../streams/bits.ts",
    "../../samples/series.ts"
  ], [
    "../../../ports/HotStore.ts",
    "../../../adapters/hot/keys.ts",
    "node:zlib"
  ]),
  ["src/domain/planted.ts", `export { Option, Result, Schema } from "effect"`, null],
  ["src/domain/planted.ts", `import { Effect } from "effect"\nexport const planted = Effect.void`, IMPORT],
  ["src/domain/planted.ts", `import type { Effect } from "effect"\nexport type Planted = Effect.Effect<void>`, IMPORT],
  ["src/domain/planted.ts", `export const planted = import("../ports/HotStore.ts")`, IMPORT],
  ...GLOBALS.map((use): Plant => ["src/domain/planted.ts", `export const planted = ${use}`, "no-restricted-globals"]),
  ["src/domain/planted.ts", "export const planted = Math.random()", "no-restricted-properties"],
  ["src/domain/planted.ts", "export const planted = globalThis.Date", "no-restricted-properties"],
  ...imports("src/ports/planted.ts", ["effect", "./ColdStore.ts", "../domain/samples/series.ts"], [
    "../adapters/hot/HotStoreD1.ts",
    "../apps/publish.ts",
    "effect/http",
    "cloudflare:workers"
  ]),
  ...adapters.filter((adapter) => adapter !== "parquet").flatMap(plantAdapter),
  ...readdirSync(`${ADAPTERS}/parquet`, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => plantDirection(name)),
  ...imports(`${ADAPTERS}/ace/page/planted.ts`, ["effect", "../cleaner.ts", "../../../domain/samples/page.ts"], [
    "../requests.ts",
    "../../../ports/HotStore.ts",
    "../../../apps/publish.ts",
    "effect/http"
  ]),
  ...imports("src/client/planted.ts", [
    "effect/http-api",
    "../apps/query/api.ts",
    "../apps/query/answers.ts",
    "../apps/http/problem.ts",
    "../domain/samples/series.ts"
  ], [
    "../apps/query/program.ts",
    "../apps/settings.ts",
    "../ports/HotStore.ts",
    "../adapters/memory/HotStoreMemory.ts",
    "node:fs"
  ]),
  ...imports("src/apps/planted/program.ts", [
    "effect",
    "../publish.ts",
    "../../ports/HotStore.ts",
    "../../domain/jobs/run.ts"
  ], [
    "../../adapters/hot/HotStoreD1.ts",
    "../query/program.ts",
    "../../../test/simulation/model.ts",
    "cloudflare:workers",
    "node:fs"
  ]),
  ...imports("src/apps/planted/reading/program.ts", [
    "effect",
    "./plan.ts",
    "../program.ts",
    "../../publish.ts",
    "../../../ports/HotStore.ts",
    "../../../domain/jobs/run.ts"
  ], [
    "../../../adapters/hot/HotStoreD1.ts",
    "../../query/program.ts",
    "../../../../test/simulation/model.ts",
    "cloudflare:workers",
    "node:fs"
  ]),
  ...imports("src/apps/page/planted.ts", [
    "lit-html",
    "./data/track.ts",
    "../query/answers.ts",
    "../../domain/time/lengths.ts"
  ], [
    "effect",
    "../query/program.ts",
    "../../domain/time/calendar.ts",
    "../../ports/HotStore.ts",
    "node:fs"
  ]),
  ...imports("src/apps/page/data/planted.ts", [
    "uplot",
    "./track.ts",
    "../view.ts",
    "../chart/scene.ts",
    "../../query/answers.ts",
    "../../../domain/answers/pixels.ts"
  ], [
    "effect",
    "../../query/program.ts",
    "../../../domain/answers/m4.ts",
    "../../../adapters/hot/HotStoreD1.ts",
    "node:fs"
  ]),
  ...imports("src/apps/planted.ts", ["effect", "./publish.ts", "../ports/HotStore.ts", "../domain/jobs/run.ts"], [
    "../adapters/hot/HotStoreD1.ts",
    "./etl/program.ts",
    "node:fs"
  ]),
  ...imports("src/apps/planted/worker.ts", ["../../adapters/hot/HotStoreD1.ts", "./program.ts", "cloudflare:workers"], [
    "../../../test/simulation/model.ts"
  ])
]
