/**
 * `AnswerFile`: an answer as one file of a table format, written point by point.
 *
 * Law: the bytes of `begin`, every `add` and `finish`, in this order, are the file; what was added is read back from it
 * bit for bit, NaN and infinities as null.
 */
import { Context } from "effect"
import type { Shaped } from "../domain/answers/shape.ts"

export interface FileWriter {
  /** The bytes that the point's rows add. */
  readonly add: (point: string, rows: Shaped) => Uint8Array<ArrayBuffer>
  readonly finish: () => Uint8Array<ArrayBuffer>
}

export class AnswerFile extends Context.Service<AnswerFile, {
  /** Columns `point_name`, `timestamp` (ms, UTC) and those named. */
  readonly begin: (columns: ReadonlyArray<string>) => FileWriter
}>()("building-vitals/ports/AnswerFile") {}
