/**
 * Builds the page into the folder that the query Worker serves as static assets: scripts and styles under names that
 * hold their hash, the documents that load them, and the headers of all.
 */
import { Effect } from "effect"
import { build, type Metafile } from "esbuild"
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { LocalError } from "./error.ts"

const PROJECT = join(import.meta.dirname, "../../..")
const SOURCES = join(PROJECT, "src/apps/page")

/** The same that `assets` in the query Worker's `wrangler.jsonc` names. */
const FOLDER = join(PROJECT, "build/page")

/** The documents, by the name of their source, and the path that serves each. */
const DOCUMENTS = { chart: "index.html", operations: "ops.html" } as const

/** Nothing from other hosts is loaded or asked, nothing inline runs, and no page may frame this one. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** As Cloudflare's `_headers` file. A name that holds its hash never changes its bytes. */
const HEADERS = `/*
  Content-Security-Policy: ${POLICY}
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer

/assets/*
  Cache-Control: public, max-age=31536000, immutable
`

/** The output of an entry point, as a path of the page. */
const outputOf = ({ outputs }: Metafile, entry: string): string => {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint !== undefined && entryPoint === entry)
  if (found === undefined) throw new Error(`esbuild wrote nothing for ${entry}`)
  return `/assets/${basename(found[0])}`
}

const compile = async (): Promise<Metafile> => {
  const { metafile } = await build({
    absWorkingDir: SOURCES,
    entryPoints: [...Object.keys(DOCUMENTS).map((name) => `${name}.ts`), "style/page.css"],
    outdir: join(FOLDER, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "shared-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2023",
    metafile: true,
    logLevel: "error"
  })
  return metafile
}

const writePage = async (): Promise<void> => {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  const metafile = await compile()
  for (const [name, file] of Object.entries(DOCUMENTS)) {
    const document = readFileSync(join(SOURCES, `${name}.html`), "utf8")
      .replace("{style}", outputOf(metafile, "style/page.css"))
      .replace("{script}", outputOf(metafile, `${name}.ts`))
    writeFileSync(join(FOLDER, file), document)
  }
  cpSync(join(SOURCES, "icon.svg"), join(FOLDER, "icon.svg"))
  writeFileSync(join(FOLDER, "_headers"), HEADERS)
}

export const buildPage = Effect.tryPromise({
  try: writePage,
  catch: (cause) => new LocalError({ operation: "building", subject: "the page", cause })
})
