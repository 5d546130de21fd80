/** `npm run bench NAME`: runs `bench/NAME.ts`, which prints its figures. */
import { readdirSync } from "node:fs"

const names = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file) => file.slice(0, -".ts".length))
const name = process.argv[2]

if (name !== undefined && names.includes(name)) await import(`./${name}.ts`)
else {
  process.stderr.write(
    `${name === undefined ? "Which benchmark?" : `There is no benchmark ${name}.`} There are: ${names.join(", ")}\n`
  )
  process.exitCode = 1
}
