/** `npm run fuzz`: runs every other file of this folder. */
import { readdirSync } from "node:fs"

const others = readdirSync(import.meta.dirname).filter((name) => name !== "run.ts").sort()
for (const file of others) await import(`./${file}`)
