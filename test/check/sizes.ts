/** Limits that oxlint does not know: columns of a line, source files of a folder, lines of the median source file. */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

interface File {
  readonly path: string
  readonly text: string
}

const COLUMNS = 120
const FILES = 15
const MEDIAN_LINES = { least: 50, most: 200 }

const linesOf = ({ text }: File): ReadonlyArray<string> => text.replace(/\n$/, "").split("\n")

const longLines = (files: ReadonlyArray<File>): ReadonlyArray<string> =>
  files.flatMap((file) =>
    linesOf(file).flatMap((line, index) => {
      const columns = [...line].length
      return columns > COLUMNS ? [`${file.path}:${index + 1} has ${columns} columns, more than ${COLUMNS}`] : []
    })
  )

const fullFolders = (sources: ReadonlyArray<File>): ReadonlyArray<string> =>
  [...Map.groupBy(sources, ({ path }) => dirname(path))].flatMap(([folder, { length }]) =>
    length > FILES ? [`${folder} has ${length} source files, more than ${FILES}`] : []
  )

const sourcesOf = (files: ReadonlyArray<File>): ReadonlyArray<File> =>
  files.filter(({ path }) => path.startsWith("src/") && path.endsWith(".ts"))

export const medianLines = (files: ReadonlyArray<File>): number => {
  const lines = sourcesOf(files).map((file) => linesOf(file).length).toSorted((a, b) => a - b)
  return lines[lines.length >> 1] ?? 0
}

const wrongMedian = (median: number): ReadonlyArray<string> =>
  median >= MEDIAN_LINES.least && median <= MEDIAN_LINES.most
    ? []
    : [`the median source file has ${median} lines, not ${MEDIAN_LINES.least} to ${MEDIAN_LINES.most}`]

/** What exceeds a limit, in words. */
export const oversized = (files: ReadonlyArray<File>): ReadonlyArray<string> => [
  ...longLines(files),
  ...fullFolders(sourcesOf(files)),
  ...wrongMedian(medianLines(files))
]

/** All code and settings that people write. */
export const projectFiles = (): ReadonlyArray<File> => {
  const inside = [".ci", "bench", "migrations", "src", "test", "tools"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file))
  )
  return [...inside, ...readdirSync(".")]
    .filter((path) => /\.(jsonc?|sql|ts)$/.test(path) && path !== "package-lock.json" && !path.includes("node_modules"))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }))
}

const file = (path: string, lines: number, line = ""): File => ({ path, text: `${line}\n`.repeat(lines) })

const folderOf = (count: number): ReadonlyArray<File> =>
  Array.from({ length: count }, (_, index) => file(`src/planted/${index}.ts`, 100))

/** Files, and what must be said of them; null where nothing. */
const plants: ReadonlyArray<readonly [files: ReadonlyArray<File>, said: string | null]> = [
  [[...folderOf(1), file("test/planted.ts", 1, "é".repeat(COLUMNS))], null],
  [[...folderOf(1), file("test/planted.ts", 1, "é".repeat(COLUMNS + 1))], "test/planted.ts:1 has 121 columns"],
  [folderOf(FILES), null],
  [folderOf(FILES + 1), "src/planted has 16 source files"],
  [[file("src/a.ts", 10), file("src/b.ts", 50), file("src/c.ts", 250)], null],
  [[file("src/a.ts", 10), file("src/b.ts", 49), file("src/c.ts", 250)], "the median source file has 49 lines"],
  [[file("src/a.ts", 10), file("src/b.ts", 201), file("src/c.ts", 250)], "the median source file has 201 lines"]
]

/** Plants that were judged wrongly, in words. */
export const misjudgedSizes = (): ReadonlyArray<string> =>
  plants.flatMap(([files, expected]) => {
    const said = oversized(files)
    const right = expected === null ? said.length === 0 : said.length === 1 && said[0]?.startsWith(expected)
    return right ? [] : [`expected "${expected ?? ""}", got "${said.join()}"`]
  })
