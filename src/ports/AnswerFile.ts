/**
 * `AnswerFile`: an answer as one file of a table format, written point by point.
 *
 * Law: the file is the bytes of every `add`, in order, then those of `finish`. Reading it gives what was added, bit for
 * bit, but null for NaN and infinities.
 */
import { Context } from "effect"
import type { Shaped } from "../domain/answers/shape.ts"

export interface FileWriter {
  /** Adds the rows of a point; gives the bytes to append to the file. */
  readonly add: (point: string, rows: Shaped) => Uint8Array<ArrayBuffer>
  readonly finish: () => Uint8Array<ArrayBuffer>
}

export class AnswerFile extends Context.Service<AnswerFile, {
  /** Begins a file with the columns `point_name`, `timestamp` (ms, UTC) and the named value columns. */
  readonly begin: (columns: ReadonlyArray<string>) => FileWriter
}>()("building-vitals/ports/AnswerFile") {}
