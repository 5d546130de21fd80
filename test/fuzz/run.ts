/** `npm run fuzz`: runs every other file of this folder. */
import { readdirSync } from "node:fs"

for (const file of readdirSync(import.meta.dirname).filter((name) => name !== "run.ts").sort()) {
  await import(`./${file}`)
}
