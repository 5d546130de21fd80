import { env } from "cloudflare:workers"
import * as DerivedStoreCloudflare from "../../src/adapters/derived/DerivedStoreCloudflare.ts"
import { suite } from "../conformance/DerivedStore.ts"

suite("D1 and R2", DerivedStoreCloudflare.layer(env.DB, env.BUCKET))
