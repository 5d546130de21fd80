/**
 * The hot store: the hot tier and the catalog. One adapter provides all of its services, because recording a cold
 * partition and evicting its samples share a transaction, and so do the hot read and the catalog read of a query; a
 * program asks only for the services that it uses.
 */
import type { Catalog } from "./Catalog.ts"
import type { Directory } from "./Directory.ts"
import type { HotDays } from "./HotDays.ts"
import type { Intake } from "./Intake.ts"
import type { Reads } from "./Reads.ts"
import type { SchemaCheck } from "./SchemaCheck.ts"

export type HotStore = Intake | HotDays | Catalog | Reads | Directory | SchemaCheck
