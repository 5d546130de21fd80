/**
 * Proves that the page at `/docs` shows a Worker's whole API and can send a request: its script runs over a minimal
 * document object.
 */
import { assert, it } from "vitest"
import { readListedCodes } from "./openapi.ts"
import { makeWorld, reader } from "./world.ts"

type Content = Element | string

/** As much of a DOM element as the page uses. */
class Element {
  readonly tag: string
  readonly children: Array<Content> = []
  id = ""
  value = ""
  onclick: (() => void) | null = null
  constructor(tag: string) {
    this.tag = tag
  }
  append(...children: ReadonlyArray<Content>): void {
    this.children.push(...children)
  }
  replaceChildren(...children: ReadonlyArray<Content>): void {
    this.children.splice(0, Infinity, ...children)
  }
  get text(): string {
    return this.children.map((child) => typeof child === "string" ? child : child.text).join(" ")
  }
  find(matches: (element: Element) => boolean): Element | undefined {
    if (matches(this)) return this
    for (const child of this.children) {
      const found = typeof child === "string" ? undefined : child.find(matches)
      if (found !== undefined) return found
    }
    return undefined
  }
}

const open = async (ask: (path: string, init?: RequestInit) => Promise<Response>) => {
  const response = await ask("/docs")
  assert.strictEqual(response.status, 200)
  assert.match(response.headers.get("content-type") ?? "", /^text\/html/)
  assert.match(response.headers.get("content-security-policy") ?? "", /^default-src 'none';/)
  const html = await response.text()
  assert.notMatch(html, /(src|href)="(https?:)?\/\//, "it loads nothing from elsewhere")
  const [, script] = /<script type="module">([^]*)<\/script>/.exec(html) ?? []
  assert(script !== undefined)
  const body = new Element("body")
  const page = {
    body,
    title: "",
    createElement: (tag: string) => new Element(tag),
    getElementById: (id: string) => body.find((element) => element.id === id)
  }
  const asked: Array<string> = []
  const answered: Array<Promise<unknown>> = []
  const fetch = (path: string, init?: RequestInit) => {
    asked.push(path)
    const answer = ask(path.startsWith("/") ? path : `/${path}`, init)
    answered.push(answer)
    return answer
  }
  new Function("document", "fetch", script)(page, fetch)
  const settle = async () => {
    await Promise.all(answered)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await settle()
  return { page, asked, settle }
}

interface Operation {
  readonly summary?: string
  readonly security?: ReadonlyArray<object>
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly schema: { readonly description?: string } }>
  readonly responses: object
}

it("shows everybody each path, parameter with its meaning, answer and code of each Worker's document", async () => {
  const world = await makeWorld()
  for (const ask of [world.query, world.etl, world.archival, world.backfill]) {
    const { asked, page } = await open(ask)
    assert.deepStrictEqual(asked, ["/openapi.json"])
    const document = await (await ask("/openapi.json")).json() as {
      readonly paths: Record<string, Record<string, Operation>>
    }
    const shown = page.body.text
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { parameters = [], responses, security = [], summary }] of Object.entries(methods)) {
        const section = page.getElementById(method + path)?.text ?? ""
        assert.match(summary ?? "", /^[A-Z].{10,}/, `${method} ${path} says what it does`)
        assert.include(section, summary ?? "")
        assert.strictEqual(section.includes("needs a key"), security.length > 0, `${method} ${path}`)
        for (const text of [path, ...Object.keys(responses)]) assert.include(section, text)
        for (const { name, schema: { description } } of parameters) {
          assert.isDefined(description, `${path}: ${name}`)
          assert.include(section, description)
        }
      }
    }
    assert.include(shown, "unauthorized")
    assert.notInclude(shown, "`")
  }
})

it("tries a request with the key that was typed", async () => {
  const { query } = await makeWorld()
  const { asked, page, settle } = await open(query)
  const key = page.getElementById("key")
  const button = page.getElementById("get/sites")?.find(({ tag }) => tag === "button")
  assert(key !== undefined && button !== undefined && button.onclick !== null)
  button.onclick()
  await settle()
  assert.include(page.getElementById("get/sites")?.text, "\"code\": \"unauthorized\"")
  key.value = new Headers(reader().headers).get("authorization")?.slice("Bearer ".length) ?? ""
  button.onclick()
  await settle()
  assert.include(page.getElementById("get/sites")?.text, "\"sites\": []")
  assert.deepStrictEqual(asked, ["/openapi.json", "/sites", "/sites"])
})

it("lists 304 of what has a tag, and 415 of everything that may have a body", async () => {
  const world = await makeWorld()
  for (const name of ["query", "etl", "archival", "backfill"] as const) {
    const listed = await readListedCodes(world[name])
    const { paths } = await (await world[name]("/openapi.json")).json() as { paths: Record<string, object> }
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        assert.deepStrictEqual(listed(method, path, 415), ["unsupported_media_type"], `${method} ${path}`)
        const { responses } = operation as { responses: object }
        assert.strictEqual("304" in responses, path === "/timeseries/query", `${method} ${path}`)
      }
    }
  }
})
