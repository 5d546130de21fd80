import * as HotStoreMemory from "../../src/adapters/memory/HotStoreMemory.ts"
import { suite } from "./HotStore.ts"

suite("memory", HotStoreMemory.layer)
