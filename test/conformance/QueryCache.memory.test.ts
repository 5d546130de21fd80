/** The memory adapter keeps the laws of `QueryCache`. */
import * as QueryCacheMemory from "../../src/adapters/memory/QueryCacheMemory.ts"
import { suite } from "./QueryCache.ts"

suite("memory", QueryCacheMemory.layer)
