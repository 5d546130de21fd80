/** What the same samples and reads cost with DuckDB and plain hyparquet. */
import { statSync } from "node:fs"
import { join } from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet"
import { compressors } from "../../test/parquet/compressors.ts"

const ROW_GROUPS = [45_000, 122_880, 1_000_000]

/** CPU seconds of this process, all threads: the minimum of some runs, after one that warms up. */
export const cpuOf = async <A>(
  times: number,
  run: () => Promise<A>
): Promise<{ readonly seconds: number; readonly result: A }> => {
  let result = await run()
  let least = Infinity
  for (let i = 0; i < times; i++) {
    const before = process.cpuUsage()
    result = await run()
    const { system, user } = process.cpuUsage(before)
    least = Math.min(least, (system + user) / 1e6)
  }
  return { seconds: least, result }
}

export interface Duck {
  /** Bytes of the smallest file that DuckDB makes of the same rows, sorted by point and time. */
  readonly smallest: (file: string, folder: string) => Promise<number>
  /** Rows of one point in many files. */
  readonly readPoint: (files: ReadonlyArray<string>, point: string) => Promise<number>
  readonly close: () => void
}

export const openDuck = async (): Promise<Duck> => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  return {
    smallest: async (file, folder) => {
      const target = join(folder, "rival.parquet")
      let least = Infinity
      for (const size of ROW_GROUPS) {
        await connection.run(
          `COPY (SELECT * FROM read_parquet('${file}') ORDER BY point_name, timestamp) TO '${target}' ` +
            `(FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE ${size})`
        )
        least = Math.min(least, statSync(target).size)
      }
      return least
    },
    readPoint: async (files, point) => {
      const list = files.map((file) => `'${file}'`).join()
      const result = await connection.runAndReadAll(
        `SELECT timestamp, value FROM read_parquet([${list}]) WHERE point_name = '${point}' ORDER BY timestamp`
      )
      return result.currentRowCount
    },
    close: () => {
      connection.closeSync()
      instance.closeSync()
    }
  }
}

/** Rows of one point in many files, read by plain hyparquet with a filter. */
export const hyparquetPoint = async (files: ReadonlyArray<string>, point: string): Promise<number> => {
  let rows = 0
  for (const file of files) {
    rows += (await parquetReadObjects({
      file: await asyncBufferFromFile(file),
      columns: ["timestamp", "value"],
      filter: { point_name: { $eq: point } },
      compressors
    })).length
  }
  return rows
}
