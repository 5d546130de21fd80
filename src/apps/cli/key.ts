/** `npm run key -- --scope read --sites a,b`: makes an API key and prints it once, with the entry for `API_KEYS`. */
import { createHash, randomBytes } from "node:crypto"
import { parseArgs } from "node:util"
import { API_KEY } from "../settings.ts"

const USAGE = `npm run key -- --scope read|admin [--sites a,b]

Makes an API key. The key goes to who will use it and is stored nowhere; the entry goes into the secret API_KEYS, beside
the entries that are there: wrangler secret put API_KEYS
`

const { values: { scope, sites } } = parseArgs({ options: { scope: { type: "string" }, sites: { type: "string" } } })

const key = `bv_${randomBytes(32).toString("base64url")}`
const digest = createHash("sha256").update(key).digest("hex")
const entry = `${scope}:${digest}${sites === undefined ? "" : `@${sites.split(",").map((site) => site.trim()).join("+")}`}`

if (API_KEY.test(entry)) process.stdout.write(`key    ${key}\nentry  ${entry}\n`)
else {
  process.stderr.write(USAGE)
  process.exitCode = 1
}
