/** A workerd that runs one Worker and nothing else, and what that costs. */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { bundle } from "../../src/apps/local/bundle.ts"
import { freePort } from "../machine/http.ts"
import { cpuSecondsOf } from "../machine/process.ts"

export interface Runtime {
  readonly address: string
  /** CPU seconds of the process so far. */
  readonly cpu: () => number
  /** Resident megabytes: now, and the maximum since the last `resetPeak`. */
  readonly memory: () => { readonly now: number; readonly peak: number }
  readonly resetPeak: () => void
  readonly stop: () => Promise<void>
}

const config = (port: number) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-10-20",
      globalOutbound = "outside")),
    (name = "outside", network = (allow = ["public", "private", "local"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);`

const ready = async (address: string, child: ChildProcess): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`workerd ended with ${child.exitCode}`)
    const up = await fetch(address).then((response) => response.ok, () => false)
    if (up) return
    await sleep(50)
  }
  throw new Error("workerd did not start")
}

/** The process that runs workerd: the child, or its only child where npm left a script in the place of the binary. */
const pidOf = (child: ChildProcess): number => {
  const started = `/proc/${child.pid}/task/${child.pid}/children`
  const [pid] = existsSync(started) ? readFileSync(started, "utf8").trim().split(" ") : []
  return Number(pid === undefined || pid === "" ? child.pid : pid)
}

export const startRuntime = async (entry: string): Promise<Runtime> => {
  const folder = mkdtempSync(join(tmpdir(), "bench-"))
  writeFileSync(join(folder, "worker.js"), await bundle(entry))
  const port = await freePort()
  writeFileSync(join(folder, "config.capnp"), config(port))
  const child = spawn(join("node_modules", ".bin", "workerd"), ["serve", join(folder, "config.capnp")], {
    stdio: ["ignore", "inherit", "inherit"]
  })
  const address = `http://127.0.0.1:${port}/`
  await ready(address, child)
  const pid = pidOf(child)
  const status = (key: string): number => {
    const line = readFileSync(`/proc/${pid}/status`, "utf8").split("\n").find((one) => one.startsWith(key))
    return Number(/\d+/.exec(line ?? "")?.[0]) / 1_024
  }
  return {
    address,
    cpu: () => cpuSecondsOf(pid),
    memory: () => ({ now: status("VmRSS"), peak: status("VmHWM") }),
    // 5 resets the high-water mark (proc(5)).
    resetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, "5"),
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve))
      process.kill(pid)
      await ended
      rmSync(folder, { recursive: true })
    }
  }
}
