import { env } from "cloudflare:workers"
import * as JobStateD1 from "../../src/adapters/d1/JobStateD1.ts"
import { suite } from "../conformance/JobState.ts"

suite("D1", JobStateD1.layer(env.DB), { atomic: true })
