/**
 * Which sites a call is about.
 */
import { Effect } from "effect"
import { Directory } from "../../ports/Directory.ts"
import { NotFound } from "../http/problem.ts"

/** The site that the call names, or every site. */
export const chosenSites = Effect.fnUntraced(function*(site: string | undefined) {
  const directory = yield* Directory
  const sites = yield* directory.sites
  if (site === undefined) return sites
  if (sites.includes(site)) return [site]
  return yield* new NotFound({
    code: "unknown_site",
    field: "site_name",
    text: site.slice(0, 100),
    detail: "there is no such site"
  })
})
