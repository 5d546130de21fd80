/**
 * A page that shows a Worker's `/openapi.json` to people and lets them try requests that only read. It loads nothing
 * else.
 */
import { HttpRouter, HttpServerResponse } from "effect/http"

export const DOCS_PATH = "/docs"

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881 }
:root { --dim: light-dark(#525c67, #aab4be); --accent: light-dark(#0b5c8f, #74c0f4) }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 6rem }
h1 { margin: 0 0 .25rem } h2 { font-size: 1rem; margin: 1.25rem 0 .4rem }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1rem; margin: 1rem 0 } a { color: var(--accent) }
section { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; overflow: hidden }
section > header { padding: .7rem 1rem; background: var(--soft) }
section > div { padding: 0 1rem 1rem }
code, pre, textarea, input { font: 13px/1.5 ui-monospace, monospace }
.method { display: inline-block; min-width: 3.4rem; font-weight: 700; color: var(--accent) }
.dim { color: var(--dim) }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-top: 1px solid var(--line) }
th { font-weight: 600; border: 0 }
input, textarea { width: 100%; padding: .3rem .5rem; border: 1px solid var(--line); border-radius: .3rem }
input, textarea { background: transparent; color: inherit }
td input { min-width: 11rem } #key { max-width: 24rem }
button { padding: .4rem 1.1rem; border: 0; border-radius: .3rem; margin-top: .8rem }
button { background: var(--accent); color: light-dark(#fff, #07202f); cursor: pointer }
pre { background: var(--soft); padding: .7rem; border-radius: .3rem; margin: .6rem 0 }
pre { overflow: auto; max-height: 28rem; white-space: pre-wrap; overflow-wrap: anywhere }
details > summary { cursor: pointer }
@media (max-width: 640px) {
  table, tbody, tr, td { display: block } th { display: none }
  td { border: 0; padding: .1rem 0 } tr { border-top: 1px solid var(--line); padding: .5rem 0 }
  td input { min-width: 0 } section > header { overflow-wrap: anywhere }
}
`

// Plain JavaScript for browsers. Text reaches the page only as text, never as markup.
const script = `
const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}
const dim = (...children) => make("code", { className: "dim" }, ...children)
/** A text whose words in backticks are code. */
const rich = (text) => text.split(/\`([^\`]+)\`/).map((part, i) => i % 2 === 1 ? make("code", {}, part) : part)
const resolve = (api, schema) =>
  schema && schema.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema ?? {}

/** A schema as TypeScript would write it, on one or more lines. */
const typeOf = (api, given, indent = "") => {
  const schema = resolve(api, given)
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ")
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return [...new Set(choices.map((one) => typeOf(api, one, indent)))].join(" | ")
  if (schema.type === "array") {
    const item = typeOf(api, schema.items, indent)
    return item.includes(" | ") ? "(" + item + ")[]" : item + "[]"
  }
  if (schema.properties) {
    const required = schema.required ?? []
    const lines = Object.entries(schema.properties).map(([name, property]) => {
      const note = resolve(api, property).description
      return indent + "  " + name + (required.includes(name) ? ": " : "?: ") + typeOf(api, property, indent + "  ") +
        (note ? "  // " + note.replaceAll("\`", "") : "")
    })
    return "{\\n" + lines.join("\\n") + "\\n" + indent + "}"
  }
  if (schema.format === "binary") return "bytes"
  return Array.isArray(schema.type) ? schema.type.join(" | ") : schema.type ?? "any"
}

const shown = 20000
const ask = async (method, path, body, into) => {
  const key = document.getElementById("key").value.trim()
  const headers = {
    ...(key ? { authorization: "Bearer " + key } : {}),
    ...(body ? { "content-type": "application/json" } : {})
  }
  into.replaceChildren(make("p", { className: "dim" }, "asking…"))
  const began = performance.now()
  try {
    const response = await fetch(path, { method, headers, ...(body ? { body } : {}) })
    const text = await response.text()
    const isJson = /json(;|$)/.test(response.headers.get("content-type") ?? "")
    let pretty = text
    if (isJson && text.length < shown) {
      try { pretty = JSON.stringify(JSON.parse(text), null, 2) } catch { pretty = text }
    }
    const cost = " in " + Math.round(performance.now() - began) + " ms, " + text.length + " characters "
    into.replaceChildren(
      make("p", {}, make("b", {}, String(response.status)), cost, dim(method + " " + path)),
      make("pre", {}, pretty.length > shown ? pretty.slice(0, shown) + "\\n…" : pretty)
    )
  } catch (error) {
    into.replaceChildren(make("pre", {}, String(error)))
  }
}

const parametersOf = (api, parameters, inputs) =>
  make("table", {},
    make("tr", {}, ...["parameter", "type", "meaning", "value"].map((text) => make("th", {}, text))),
    ...parameters.map(({ name, description, required, schema }) => {
      const whole = resolve(api, schema)
      const input = make("input", { placeholder: String((whole.examples ?? [])[0] ?? ""), ariaLabel: name })
      inputs.push({ name, input })
      return make("tr", {},
        make("td", {}, make("code", {}, name), required ? " *" : ""),
        make("td", {}, dim(whole.pattern ? "number" : typeOf(api, whole))),
        make("td", {}, ...rich(description ?? whole.description ?? "")),
        make("td", {}, input))
    }))

const answersOf = (api, responses) =>
  Object.entries(responses).flatMap(([status, { content, description }]) =>
    content === undefined ? make("p", {}, make("b", {}, status + " "), ...rich(description)) :
    Object.entries(content).map(([type, { schema }]) => {
      const whole = resolve(api, schema)
      const codes = whole.properties?.code
      const line = make("summary", {}, make("b", {}, status + " "), ...rich(description + " "), dim(type))
      if (codes) line.append(" ", make("code", {}, typeOf(api, codes).replaceAll('"', "").replaceAll(" | ", ", ")))
      return make("details", {}, line, make("pre", {}, typeOf(api, whole)))
    }))

const endpoint = (api, path, method, operation) => {
  const id = method + path
  const out = make("div", {})
  const inside = make("div", {})
  const inputs = []
  const parameters = operation.parameters ?? []
  if (parameters.length > 0) inside.append(make("h2", {}, "Parameters"), parametersOf(api, parameters, inputs))
  const body = operation.requestBody?.content?.["application/json"]?.schema
  const text = body && make("textarea", { rows: 6, placeholder: "{ … }", ariaLabel: "body" })
  if (body) {
    const fields = make("details", {}, make("summary", {}, "its fields"), make("pre", {}, typeOf(api, body)))
    inside.append(make("h2", {}, "Body"), fields, text)
  }
  // Only what cannot change anything gets a button.
  const isReading = method === "get" || path.startsWith("/timeseries/") || path.startsWith("/points/")
  if (isReading) {
    inside.append(make("button", {
      onclick: () => {
        const given = inputs.filter(({ input }) => input.value !== "")
        const query = new URLSearchParams(given.map(({ input, name }) => [name, input.value]))
        void ask(method.toUpperCase(), path + (String(query) && "?" + query), text?.value, out)
      }
    }, "Try"), out)
  }
  inside.append(make("h2", {}, "Answers"), ...answersOf(api, operation.responses))
  const isOpen = (operation.security ?? []).length === 0 || (openReads && isReading)
  return make("section", { id },
    make("header", {}, make("span", { className: "method" }, method.toUpperCase()), make("code", {}, path), " ",
      make("span", { className: "dim" }, ...rich(operation.summary ?? ""), isOpen ? "" : " · needs a key")),
    inside)
}

const show = (api) => {
  const all = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
  document.title = api.info.title
  const source = make("a", { href: "openapi.json" }, "openapi.json")
  const key = make("input", { id: "key", type: "password", autocomplete: "off" })
  const links = all.map(({ path, method }) =>
    make("a", { href: "#" + method + path }, method.toUpperCase() + " " + path))
  document.body.replaceChildren(
    make("h1", {}, api.info.title),
    make("p", { className: "dim" }, ...rich(api.info.description ?? ""), " OpenAPI " + api.openapi + ": ", source),
    make("label", {}, "API key, kept only in this page ", key),
    make("nav", {}, ...links),
    ...all.map(({ path, method, operation }) => endpoint(api, path, method, operation))
  )
}

fetch("/openapi.json").then((response) => response.json()).then(show, (error) => {
  document.body.textContent = "openapi.json could not be read: " + error
})
`

const pageOf = (openReads: boolean): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API</title>
<style>${style}</style>
<body>
<noscript>This page reads <a href="/openapi.json">openapi.json</a> with JavaScript.</noscript>
<script type="module">const openReads = ${openReads}
${script}</script>
`

/** Nothing from other origins may run or be requested, and no page may frame this one. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** @param openReads whether what only reads needs no key */
export const layer = (openReads: boolean) =>
  HttpRouter.add(
    "GET",
    DOCS_PATH,
    HttpServerResponse.text(pageOf(openReads), {
      contentType: "text/html; charset=utf-8",
      headers: { "content-security-policy": POLICY }
    })
  )
