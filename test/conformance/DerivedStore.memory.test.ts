import * as DerivedStoreMemory from "../../src/adapters/memory/DerivedStoreMemory.ts"
import { suite } from "./DerivedStore.ts"

suite("memory", DerivedStoreMemory.layer)
