/** The adapter on D1 keeps the laws of `HotStore`. */
import { env } from "cloudflare:workers"
import * as HotStoreD1 from "../../src/adapters/hot/HotStoreD1.ts"
import { suite } from "../conformance/HotStore.ts"
import { suite as extentSuite } from "../conformance/HotStore/extents.ts"

suite("D1", HotStoreD1.layer(env.DB))
extentSuite("D1", HotStoreD1.layer(env.DB))
