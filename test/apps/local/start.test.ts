/**
 * Proves that `npm start` works as people use it, by running it in a copy of the project: its output, signals and
 * kills.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { afterAll, assert, beforeAll, it } from "vitest"
import { isWorkerd } from "../../../src/apps/local/process.ts"

const root = resolve(import.meta.dirname, "../../..")
const home = mkdtempSync(join(tmpdir(), "start-"))
const ownerFile = join(home, ".building-vitals/owner.json")
const started: Array<ChildProcess> = []
// Five ports in a row that other programs rarely take.
const port = 20_000 + (process.pid % 4_000) * 5

interface Run {
  readonly process: ChildProcess
  /** Everything printed so far. */
  readonly output: () => string
  readonly lines: () => ReadonlyArray<string>
  readonly says: (text: RegExp) => Promise<void>
  readonly ended: Promise<number | null>
}

const start = (...flags: ReadonlyArray<string>): Run => {
  const child = spawn(process.execPath, ["src/apps/local/main.ts", "--port", String(port), ...flags], { cwd: home })
  started.push(child)
  let output = ""
  let stdout = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
    output += text
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => output += text)
  const ended = once(child, "close").then(([code]) => code as number | null)
  return {
    process: child,
    output: () => output,
    lines: () => stdout.trim().split("\n"),
    says: async (text) => {
      while (!text.test(output)) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended, having said:\n${output}`)
        await new Promise((wake) => setTimeout(wake, 50))
      }
    },
    ended
  }
}

const workerdPid = (): number => (JSON.parse(readFileSync(ownerFile, "utf8")) as { readonly workerd: number }).workerd

beforeAll(() => {
  for (const name of ["src", "migrations", "package.json"]) {
    cpSync(join(root, name), join(home, name), { recursive: true })
  }
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"))
})

afterAll(() => {
  for (const child of started) child.kill("SIGKILL")
  if (existsSync(ownerFile) && isWorkerd(workerdPid())) process.kill(workerdPid(), "SIGKILL")
  rmSync(home, { recursive: true, force: true })
})

it("survives kill -9, continues, answers across the tiers, and leaves nothing behind", async () => {
  const first = start("--days", "4", "--points", "60")
  await first.says(/backfill \[/)
  const orphan = workerdPid()
  first.process.kill("SIGKILL")
  await first.ended
  assert.isTrue(isWorkerd(orphan))

  const second = start()
  await second.says(/Ctrl-C stops it/)
  assert.isFalse(isWorkerd(orphan))
  const [across, averages, sync] = second.output().match(/curl .*/g) ?? []
  assert.match(`${across}${averages}${sync}`, /timeseries\/query.*interval=1h.*\/trigger/)
  const url = /'(http[^']+)'/.exec(across ?? "")?.[1] ?? ""
  const response = await fetch(url, { headers: { origin: "http://localhost:5173" } })
  assert.strictEqual(response.headers.get("access-control-allow-origin"), "http://localhost:5173")
  const answer = await response.json() as { readonly metadata: { readonly source: string } }
  assert.strictEqual(answer.metadata.source, "split")

  const intruder = start("--once")
  assert.strictEqual(await intruder.ended, 1)
  assert.match(intruder.output(), /already running as process \d+/)

  const runtime = workerdPid()
  second.process.kill("SIGINT")
  assert.strictEqual(await second.ended, 0)
  assert.isFalse(isWorkerd(runtime))
  assert.isFalse(existsSync(ownerFile))

  const once = start("--once")
  assert.strictEqual(await once.ended, 0, once.output())
  assert.notMatch(once.output(), /backfill \[/)
  const metadata = JSON.parse(once.lines().at(-1) ?? "") as Record<string, number | string>
  assert.strictEqual(metadata["source"], "split")
  assert.isAbove(Number(metadata["d1_samples"]), 0)
  assert.isAbove(Number(metadata["r2_samples"]), 0)
  assert.strictEqual(Number(metadata["d1_samples"]) + Number(metadata["r2_samples"]), metadata["returned_samples"])

  const another = start("--points", "61")
  assert.strictEqual(await another.ended, 1)
  assert.match(another.output(), /made with --points 60.*--fresh/)
})

it("says which port is taken, ends, and keeps nothing of a world that never ran", async () => {
  const blocker = createServer().listen(port + 1, "127.0.0.1")
  await once(blocker, "listening")
  const run = start("--once", "--fresh", "--points", "62")
  const code = await run.ended
  blocker.close()
  assert.strictEqual(code, 1)
  assert.match(run.output(), /starting workerd: .*in use/i)
  assert.isFalse(existsSync(join(home, ".building-vitals/world.json")))
})
