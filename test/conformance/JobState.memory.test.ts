/** The memory adapter keeps the laws of `JobState`. */
import * as JobStateMemory from "../../src/adapters/memory/JobStateMemory.ts"
import { suite } from "./JobState.ts"

suite("memory", JobStateMemory.layer)
