/** `npm run page`: builds the page, as `wrangler deploy` of the query Worker needs it. */
import { Effect } from "effect"
import { buildPage } from "../local/page.ts"

await Effect.runPromise(buildPage)
