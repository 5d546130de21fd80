/** The query Worker in a runtime that runs nothing else: its stores are outside. */
import { make } from "../../src/apps/query/worker.ts"
import { bucketAt, databaseAt } from "../cold/bindings.ts"

const settings = { OPEN_READS: "true", ENABLE_QUERY_CACHE: "false", LOCAL_DEVELOPMENT: "true" }
let worker: ReturnType<typeof make> | undefined

export default {
  fetch: (request: Request): Promise<Response> | Response => {
    const outside = request.headers.get("x-outside")
    if (outside === null) return new Response("idle")
    worker ??= make({ DB: databaseAt(outside), BUCKET: bucketAt(outside), ...settings } as unknown as Cloudflare.Env)
    return worker.fetch(request)
  }
}
