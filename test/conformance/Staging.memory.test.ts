/** The adapter in memory keeps the laws of `Staging`. */
import * as StagingMemory from "../../src/adapters/memory/StagingMemory.ts"
import { suite } from "./Staging.ts"

suite("memory", StagingMemory.layer)
