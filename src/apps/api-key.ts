/**
 * API keys as the settings hold them: the digest of a key, never the key itself.
 */

export interface ApiKey {
  readonly scope: "admin" | "read"
  /** SHA-256 of the key in lower-case hex. */
  readonly digest: string
  /** The sites that the key may ask about; null for all. */
  readonly sites: ReadonlySet<string> | null
}

const ENTRY = /^(?:(admin)|read):([0-9a-f]{64})(?:@([^+@]+(?:\+[^+@]+)*))?$/

/** A site name as an entry has it: percent-encoded, so that it may contain `+`, `,`, `@` and `%`. */
export const encodeSite = (site: string): string => encodeURIComponent(site)

/** The site names of an entry; undefined where one is not percent-encoded UTF-8. */
const decodeSites = (text: string): ReadonlySet<string> | undefined => {
  try {
    return new Set(text.split("+").map(decodeURIComponent))
  } catch {
    return undefined
  }
}

/** `admin:<digest>` or `read:<digest>`, for some sites only with `@site1+site2` after it. */
export const parseApiKey = (entry: string): ApiKey | undefined => {
  const match = ENTRY.exec(entry)
  if (match === null) return undefined
  const [, admin, digest = "", list] = match
  const sites = list === undefined ? null : decodeSites(list)
  return sites === undefined ? undefined : { scope: admin === undefined ? "read" : "admin", digest, sites }
}
