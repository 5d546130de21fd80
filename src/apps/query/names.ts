/**
 * Sites and points that a query names and the store does not have.
 */
import { Effect, Schema } from "effect"
import { Directory } from "../../ports/Directory.ts"

/**
 * What two names have in common that a person may take for each other: they differ at most in case, in spaces at their
 * ends, or in how Unicode composes a letter. It serves to suggest names, never to find data: names are exact.
 */
const foldName = (name: string): string => name.normalize("NFC").trim().toLowerCase()

/** The store does not know the site. */
export class SiteNotFound extends Schema.TaggedError<SiteNotFound>()("SiteNotFound", {
  site: Schema.String,
  /** Sites that the name may have meant. */
  near: Schema.Array(Schema.String)
}) {
  override get message() {
    return `there is no site ${JSON.stringify(this.site)}; /sites lists them`
  }
}

export const UnknownPoint = Schema.Struct({
  point_name: Schema.String,
  /** Points of the site that the name may have meant. */
  near: Schema.Array(Schema.String)
})
export type UnknownPoint = typeof UnknownPoint.Type

/** The site has none of the asked points. */
export class PointsNotFound extends Schema.TaggedError<PointsNotFound>()("PointsNotFound", {
  site: Schema.String,
  unknown: Schema.Array(UnknownPoint)
}) {
  override get message() {
    return `site ${JSON.stringify(this.site)} has none of the points asked for`
  }
}

export const requireSite = Effect.fnUntraced(function*(site: string) {
  const directory = yield* Directory
  const sites = yield* directory.sites
  if (!sites.includes(site)) {
    return yield* new SiteNotFound({ site, near: sites.filter((name) => foldName(name) === foldName(site)) })
  }
})

/** The asked points that the site does not have. Fails if it has none of them, or does not exist. */
export const explainUnknown = Effect.fnUntraced(function*(
  site: string,
  asked: ReadonlyArray<string>,
  known: ReadonlyArray<string>
) {
  const have = new Set(known)
  const missing = asked.filter((point) => !have.has(point))
  if (missing.length === 0) return []
  const directory = yield* Directory
  if (known.length === 0) yield* requireSite(site)
  const byFoldedName = new Map<string, Array<string>>()
  for (const { name } of yield* directory.points(site, "")) {
    const folded = foldName(name)
    byFoldedName.set(folded, [...byFoldedName.get(folded) ?? [], name])
  }
  const unknown = missing.map((point): UnknownPoint => ({
    point_name: point,
    near: byFoldedName.get(foldName(point)) ?? []
  }))
  if (known.length === 0) return yield* new PointsNotFound({ site, unknown })
  return unknown
})
