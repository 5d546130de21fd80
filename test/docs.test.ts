/**
 * The pages say what is there: every path that a page names exists, every link leads to a file, what the README imports
 * can be imported, and each law is linked to tests that carry its number. Comments name pages and files that exist.
 */
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "vitest"

const root = join(import.meta.dirname, "..")
const pages = globSync(["*.md", "{docs,src}/**/*.md"], { cwd: root })
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

it("the README imports what the package exports", () => {
  const imports = [...read("README.md").matchAll(/import (.+) from "building-vitals(\/[^"]+)?"/g)]
  assert.isAbove(imports.length, 3)
  for (const [, what, path] of imports) {
    const entries: Readonly<Record<string, string>> = { "": "src/domain/index.ts", "/client": "src/client/client.ts" }
    const file = entries[path ?? ""] ?? `src${path}.ts`
    assert.isTrue(isThere(file), file)
    if (what?.startsWith("{") !== true) continue
    for (const name of what.slice(1, -1).split(",")) {
      assert.match(read(file), new RegExp(`\\b${name.trim()}\\b`), file)
    }
  }
})

describe("comments", () => {
  const code = globSync(["{src,bench,migrations}/**/*.{ts,sql,jsonc}", "test/**/*.ts"], { cwd: root })

  it("name pages and modules that exist", () => {
    const missing = code.flatMap((file) => {
      const text = read(file)
      const named = [
        ...[...text.matchAll(/\bdocs\/[\w-]+\.md\b/g)].map(([page]) => page),
        ...[...text.matchAll(/`((?:domain|ports|adapters|apps)\/[\w/.-]+\.ts)`/g)].map((match) => `src/${match[1]}`)
      ]
      return named.filter((path) => !isThere(path)).map((path) => `${file}: ${path}`)
    })
    assert.deepStrictEqual(missing, [])
  })
})

describe("docs/laws.md", () => {
  const sections = read("docs/laws.md").split(/^#+ /m).filter((section) => section.startsWith("Law "))

  it("has ten laws", () => {
    const numbers = sections.map((section) => Number.parseInt(section.slice(4)))
    assert.deepStrictEqual(numbers, Array.from({ length: 10 }, (_, i) => i + 1))
  })

  it("links each law to tests, of which one at least carries its number", () => {
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
