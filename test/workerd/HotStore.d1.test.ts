import { env } from "cloudflare:workers"
import * as HotStoreD1 from "../../src/adapters/d1/HotStoreD1.ts"
import { suite } from "../conformance/HotStore.ts"
import { suite as extentSuite } from "../conformance/HotStoreExtents.ts"

suite("D1", HotStoreD1.layer(env.DB))
extentSuite("D1", HotStoreD1.layer(env.DB))
