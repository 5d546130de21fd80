/** `npm run key -- --scope read --sites a,b`: makes an API key and prints it once, with the entry for `API_KEYS`. */
import { createHash, randomBytes } from "node:crypto"
import { parseArgs } from "node:util"
import { encodeSite, parseApiKey } from "../api-key.ts"

const USAGE = `npm run key -- --scope read|admin [--sites a,b] [--site name]...

Makes an API key. Give the key to whoever will use it: it is stored nowhere. Add the entry to the secret API_KEYS, with
a comma after the entries that are there: wrangler secret put API_KEYS

  --scope   read, or admin for a key that may do everything
  --sites   only these sites, separated by commas
  --site    only this site, whose name may contain a comma; may be repeated
`

const OPTIONS = {
  scope: { type: "string" },
  sites: { type: "string" },
  site: { type: "string", multiple: true },
  help: { type: "boolean", short: "h" }
} as const

const readFlags = () => {
  try {
    return parseArgs({ options: OPTIONS }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Prints a new key, or how to ask for one if the flags make no entry that a Worker takes. */
const makeKey = ({ scope, site = [], sites }: Exclude<ReturnType<typeof readFlags>, string>): void => {
  const key = `bv_${randomBytes(32).toString("base64url")}`
  const digest = createHash("sha256").update(key).digest("hex")
  const names = [...sites === undefined ? [] : sites.split(",").map((name) => name.trim()), ...site]
  const entry = `${scope}:${digest}${names.length === 0 ? "" : `@${names.map(encodeSite).join("+")}`}`
  if (parseApiKey(entry) === undefined) fail(USAGE)
  else process.stdout.write(`key    ${key}\nentry  ${entry}\n`)
}

const fail = (text: string): void => {
  process.stderr.write(text)
  process.exitCode = 1
}

const flags = readFlags()
if (typeof flags === "string") fail(`${flags}\n\n${USAGE}`)
else if (flags.help === true) process.stdout.write(USAGE)
else makeKey(flags)
