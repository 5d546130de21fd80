/** The memory adapter keeps the laws of `HotStore`. */
import * as HotStoreMemory from "../../src/adapters/memory/HotStoreMemory.ts"
import { suite } from "./HotStore.ts"
import { suite as extentSuite } from "./HotStore/extents.ts"

suite("memory", HotStoreMemory.layer)
extentSuite("memory", HotStoreMemory.layer)
