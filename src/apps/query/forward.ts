/**
 * Hands requests of the operations page on: `/ops/etl/stats` is `/stats` of the etl Worker. So that page needs one
 * address and one key; each Worker checks the key itself.
 */
const BINDINGS = { etl: "ETL", archival: "ARCHIVAL", backfill: "BACKFILL" } as const

type Neighbours = Pick<Cloudflare.Env, typeof BINDINGS[keyof typeof BINDINGS]>

/** Undefined if the request is not for another Worker, or that one is not bound. */
export const forward = (request: Request, neighbours: Neighbours): Promise<Response> | undefined => {
  const url = new URL(request.url)
  const [, name, path] = /^\/ops\/(etl|archival|backfill)(\/.*)$/.exec(url.pathname) ?? []
  if (name === undefined || path === undefined) return undefined
  url.pathname = path
  return neighbours[BINDINGS[name as keyof typeof BINDINGS]]?.fetch(new Request(url, request))
}
