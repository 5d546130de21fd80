/** The memory adapter keeps the laws of `MonthStore`. */
import * as MonthStoreMemory from "../../src/adapters/memory/MonthStoreMemory.ts"
import { suite } from "./MonthStore.ts"

suite("memory", MonthStoreMemory.layer)
