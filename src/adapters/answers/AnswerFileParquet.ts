/**
 * `AnswerFile` as Parquet.
 */
import { Layer } from "effect"
import { AnswerFile } from "../../ports/AnswerFile.ts"
import { beginTable } from "../parquet/write/table.ts"

export const layer: Layer.Layer<AnswerFile> = Layer.succeed(AnswerFile, { begin: beginTable })
