/** What holds in every folder: types, names of files, import cycles, lengths of functions. */
import type { Plant } from "./plant.ts"

const ANY = "export const planted = 1"
const NAME = "filename-case"

const functionOf = (lines: number, filler: string): string =>
  ["export const planted = () => {", ...Array.from({ length: lines - 2 }, () => filler), "}"].join("\n")

const STATEMENT = "  planted()"
const LONG = "max-lines-per-function"

export const style: ReadonlyArray<Plant> = [
  ["src/apps/planted.ts", "export const planted = (value: any) => value", "no-explicit-any"],
  ["src/apps/planted.ts", "export const planted = (value?: string) => value!", "no-non-null-assertion"],
  ["src/apps/planted.ts", "// @ts-ignore\nexport const planted = 1", "ban-ts-comment"],
  // Types alone make a cycle too.
  ["src/domain/loop.ts", `export type { a } from "./pool.ts"`, "no-cycle"],
  ["src/domain/pool.ts", `export type { a } from "./loop.ts"`, "no-cycle"],
  // PascalCase is for services and their adapters.
  ["src/ports/NewStore.ts", ANY, null],
  ["src/adapters/hot/NewStoreD1.ts", ANY, null],
  ["test/planted/NewStore.limits.d1.test.ts", ANY, null],
  ["src/domain/planted/hour-of-day.ts", ANY, null],
  ["src/domain/planted/HourOfDay.ts", ANY, NAME],
  ["src/domain/planted/hourOfDay.ts", ANY, NAME],
  ["src/domain/planted/hour_of_day.ts", ANY, NAME],
  ["src/apps/planted/Program.ts", ANY, NAME],
  ["src/adapters/hot/newStore.ts", ANY, NAME],
  ["test/planted/newStore.test.ts", ANY, NAME],
  // Lines without comments and blank ones. A suite of tests is one call, of any length.
  ["src/domain/planted.ts", functionOf(70, STATEMENT), null],
  ["src/domain/planted.ts", functionOf(71, STATEMENT), LONG],
  ["bench/planted.ts", functionOf(71, STATEMENT), LONG],
  ["src/domain/planted.ts", functionOf(300, "  // Why."), null],
  ["src/domain/planted.ts", functionOf(300, ""), null],
  ["test/planted.ts", functionOf(300, STATEMENT), null],
  ["src/domain/planted.ts", "export const planted = (a = 1, b = 1, c = 1, d = 1, e = 1) => [a, b, c, d, e]", null],
  [
    "src/domain/planted.ts",
    "export const planted = (a = 1, b = 1, c = 1, d = 1, e = 1, f = 1) => [a, b, c, d, e, f]",
    "max-params"
  ]
]
