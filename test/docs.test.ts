/**
 * The pages say what is there: every path that one names exists, every link leads to a file, and each law is linked to
 * tests that carry its number.
 */
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "vitest"

const root = join(import.meta.dirname, "..")
const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", ...globSync("{docs,src}/**/*.md", { cwd: root })]
const read = (path: string): string => readFileSync(join(root, path), "utf8")

/** Paths from the root that stand in `code`: a file, a folder or a pattern. */
const pathsIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/`((?:src|test|bench|docs|migrations|tools)\/[^`\s]*)`/g)].map((match) => match[1] as string)

/** Where the links of a page lead, those to the outside left out. */
const linksIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] as string)

const isThere = (path: string): boolean => globSync(path, { cwd: root }).length > 0

/** The numbers of laws in the titles of tests, and in what the simulation says is broken. */
const lawsIn = (text: string): ReadonlySet<number> => {
  const numbers = new Set<number>()
  for (const [, first, word, last] of text.matchAll(/\blaws? (\d+)(?: (and|to) (\d+))?/g)) {
    const from = Number(first)
    const to = Number(last ?? first)
    for (let law = from; law <= to; law += word === "and" ? Math.max(1, to - from) : 1) numbers.add(law)
  }
  return numbers
}

describe.each(pages)("%s", (page) => {
  it("names paths that exist", () => {
    assert.deepStrictEqual(pathsIn(read(page)).filter((path) => !isThere(path)), [])
  })

  it("links to files that exist", () => {
    const broken = linksIn(read(page)).filter((link) => !existsSync(join(root, dirname(page), link)))
    assert.deepStrictEqual(broken, [])
  })
})

describe("docs/laws.md", () => {
  const sections = read("docs/laws.md").split(/^#+ /m).filter((section) => section.startsWith("Law "))

  it("has ten laws", () => {
    assert.deepStrictEqual(sections.map((section) => Number.parseInt(section.slice(4))), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it("links each law to tests, of which one at least carries its number, and so does every test file that it links to", () => {
    for (const section of sections) {
      const law = Number.parseInt(section.slice(4))
      const tests = linksIn(section).filter((link) => link.startsWith("../test/"))
      const files = tests.flatMap((link) => {
        const path = join("docs", link)
        // A suite may be in parts, in a folder of its name.
        return globSync([path, path.replace(/\.ts$/, "/*.ts")], { cwd: root })
      })
      assert.isTrue(files.some((file) => lawsIn(read(file)).has(law)), `law ${law}: ${tests.join(", ")}`)
    }
  })
})
