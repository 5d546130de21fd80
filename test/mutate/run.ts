/**
 * Mutation testing: plants one small bug at a time into a source file and runs tests, which should fail. Prints every
 * bug that they pass over: each is a test that is missing, or a change that changes nothing.
 *
 * npm run mutate -- src/domain/tiers/boundary.ts test/domain/tiers [further tests]
 */
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"

/** What may stand in the place of what a pattern finds. */
const MUTATIONS: ReadonlyArray<readonly [found: RegExp, instead: string]> = [
  [/ < /g, " <= "],
  [/ <= /g, " < "],
  [/ > /g, " >= "],
  [/ >= /g, " > "],
  [/ === /g, " !== "],
  [/ !== /g, " === "],
  [/ && /g, " || "],
  [/ \|\| /g, " && "],
  [/ \+ 1\b/g, " + 0"],
  [/ - 1\b/g, " - 0"],
  [/ \+ (?!1\b)/g, " - "],
  [/ - (?!1\b)/g, " + "],
  [/Math\.min\(/g, "Math.max("],
  [/Math\.max\(/g, "Math.min("],
  [/Math\.floor\(/g, "Math.ceil("],
  [/Math\.ceil\(/g, "Math.floor("],
  [/\btrue\b/g, "false"],
  [/\bfalse\b/g, "true"],
  [/\bif \(.*\) (?=return|continue|throw)/g, "if (false) "]
]

/** Comments, imports and types hold no bug. */
const NO_CODE = /^\s*(\/?\*|\/\/|import |export (type|interface) |type |interface |readonly |\| )/

interface Mutant {
  readonly line: number
  readonly before: string
  readonly after: string
}

const mutantsOf = (lines: ReadonlyArray<string>): ReadonlyArray<Mutant> =>
  lines.flatMap((before, line) =>
    NO_CODE.test(before) ? [] : MUTATIONS.flatMap(([found, instead]) =>
      Array.from(before.matchAll(found), (match): Mutant => {
        const after = before.slice(0, match.index) + instead + before.slice(match.index + match[0].length)
        return { line, before, after }
      })
    )
  )

const [file, ...tests] = process.argv.slice(2)
if (file === undefined || tests.length === 0) {
  throw new Error("say which file to change and which tests to run: npm run mutate -- src/…/a.ts test/…")
}
const source = readFileSync(file, "utf8")
const lines = source.split("\n")

/** Whether the tests pass with this line in place of the other one. One that runs for too long has not passed. */
const passWith = ({ after, line }: Mutant): boolean => {
  writeFileSync(file, lines.with(line, after).join("\n"))
  const args = ["run", "--project", "node", "--bail", "1", "--silent", "--testTimeout", "60000", ...tests]
  return spawnSync("vitest", args, { timeout: 90_000, stdio: "ignore" }).status === 0
}

const mutants = mutantsOf(lines)
let survivors = 0
process.once("exit", () => writeFileSync(file, source))
for (const mutant of mutants) {
  if (!passWith(mutant)) continue
  survivors++
  process.stdout.write(`${file}:${mutant.line + 1}\n-${mutant.before}\n+${mutant.after}\n`)
}
process.stdout.write(`${file}: ${mutants.length} mutants, ${survivors} survive\n`)
process.exitCode = survivors > 0 ? 1 : 0
