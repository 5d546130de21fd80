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

/** `admin:<digest>` or `read:<digest>`, for some sites only with `@site1+site2` after it. */
export const parseApiKey = (entry: string): ApiKey | undefined => {
  const match = ENTRY.exec(entry)
  if (match === null) return undefined
  const [, admin, digest = "", sites] = match
  return {
    scope: admin === undefined ? "read" : "admin",
    digest,
    sites: sites === undefined ? null : new Set(sites.split("+"))
  }
}
