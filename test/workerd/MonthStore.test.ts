/** The adapter on D1 and R2 keeps the laws of `MonthStore`. */
import { env } from "cloudflare:workers"
import * as MonthStoreCloudflare from "../../src/adapters/months/MonthStoreCloudflare.ts"
import { suite } from "../conformance/MonthStore.ts"

suite("D1 and R2", MonthStoreCloudflare.layer(env.DB, env.BUCKET))
