/** What holds in every folder: types, names of files, import cycles. */
import type { Plant } from "./plant.ts"

const ANY = "export const planted = 1"
const NAME = "filename-case"

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
]
