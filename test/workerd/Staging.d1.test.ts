/** The adapter on D1 keeps the laws of `Staging`. */
import { env } from "cloudflare:workers"
import * as StagingD1 from "../../src/adapters/jobs/StagingD1.ts"
import { suite } from "../conformance/Staging.ts"

suite("D1", StagingD1.layer(env.DB))
