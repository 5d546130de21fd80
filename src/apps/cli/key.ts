/** `npm run key -- --scope read --sites a,b`: makes an API key and prints it once, with the entry for `API_KEYS`. */
import { createHash, randomBytes } from "node:crypto"
import { parseArgs } from "node:util"
import { parseApiKey } from "../api-key.ts"

const USAGE = `npm run key -- --scope read|admin [--sites a,b]

Makes an API key. Give the key to whoever will use it: it is stored nowhere. Add the entry to the secret API_KEYS, with
a comma after the entries that are there: wrangler secret put API_KEYS
`

const { values: { scope, sites } } = parseArgs({ options: { scope: { type: "string" }, sites: { type: "string" } } })

const key = `bv_${randomBytes(32).toString("base64url")}`
const digest = createHash("sha256").update(key).digest("hex")
const suffix = sites === undefined ? "" : `@${sites.split(",").map((site) => site.trim()).join("+")}`
const entry = `${scope}:${digest}${suffix}`

if (parseApiKey(entry) === undefined) {
  process.stderr.write(USAGE)
  process.exitCode = 1
} else process.stdout.write(`key    ${key}\nentry  ${entry}\n`)
