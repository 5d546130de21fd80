import { env } from "cloudflare:workers"
import * as JobStateKv from "../../src/adapters/kv/JobStateKv.ts"
import { suite } from "../conformance/JobState.ts"

suite("KV", JobStateKv.layer(env.KV), { atomic: false })
