/** Plants one file a violation in a folder of its own, and lets the linter judge all with the project's rules. */
import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

/** Bytes; a report of every planted violation outgrows the default of 1 MiB. */
const MAX_REPORT = 64 * 2 ** 20

/** A file, what stands in it, and the rule that must refuse it; null where it must pass. */
export type Plant = readonly [file: string, code: string, rule: string | null]

interface Report {
  readonly diagnostics: ReadonlyArray<{ readonly code?: string; readonly filename: string }>
}

const lint = (root: string): Report["diagnostics"] => {
  const run = spawnSync("oxlint", ["--format", "json", "."], { cwd: root, encoding: "utf8", maxBuffer: MAX_REPORT })
  if (run.error !== undefined) throw run.error
  return (JSON.parse(run.stdout) as Report).diagnostics
}

/** Plants that were judged wrongly, in words. `planted` in a path becomes a name of its own for each plant. */
export const misjudged = (plants: ReadonlyArray<Plant>): ReadonlyArray<string> => {
  const root = mkdtempSync(join(tmpdir(), "planted-"))
  try {
    copyFileSync(".oxlintrc.json", join(root, ".oxlintrc.json"))
    const placed = plants.map(([file, code, rule], index) => ({
      place: file.replace("planted", `planted${index}`),
      code,
      rule
    }))
    for (const { code, place } of placed) {
      mkdirSync(dirname(join(root, place)), { recursive: true })
      writeFileSync(join(root, place), `${code}\n`)
    }
    const found = lint(root)
    return placed.flatMap(({ code, place, rule }) => {
      const codes = found.filter(({ filename }) => filename.endsWith(place)).map((diagnostic) => diagnostic.code ?? "?")
      const right = rule === null ? codes.length === 0 : codes.some((caught) => caught.includes(rule))
      return right
        ? []
        : [`${place}: expected ${rule ?? "no complaint"}, got ${codes.join() || "none"}, for\n  ${code}`]
    })
  } finally {
    rmSync(root, { recursive: true })
  }
}
