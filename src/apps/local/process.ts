/**
 * Processes of this machine: what a process is, how to end it, and which ones Miniflare starts.
 */
import { Effect, Schedule } from "effect"
import { execFileSync } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { existsSync, readFileSync } from "node:fs"
import { basename } from "node:path"
import { LocalError } from "./error.ts"

/** The command line of a running process; null if there is no process of that id. */
export const commandOf = (pid: number): string | null => {
  try {
    // Minimal images have no ps; macOS has no /proc.
    return existsSync("/proc/self/cmdline")
      ? readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim() || null
      : execFileSync("ps", ["-p", String(pid), "-o", "command="], { encoding: "utf8" }).trim() || null
  } catch {
    // Both ways fail if the process does not exist.
    return null
  }
}

export const isWorkerd = (pid: number): boolean => {
  const [program] = commandOf(pid)?.split(" ") ?? []
  return program !== undefined && basename(program) === "workerd"
}

/** Ends a workerd that an earlier start left behind, and waits until it is gone. */
export const endWorkerd = (pid: number): Effect.Effect<void, LocalError> =>
  Effect.suspend(() => {
    if (!isWorkerd(pid)) return Effect.void
    return Effect.try(() => process.kill(pid, "SIGKILL")).pipe(
      Effect.andThen(Effect.suspend(() => isWorkerd(pid) ? Effect.fail("it is still running") : Effect.void)),
      Effect.retry(Schedule.spaced("50 millis").pipe(Schedule.upTo({ times: 100 }))),
      Effect.mapError((cause) => new LocalError({ operation: "ending", subject: `left-over workerd ${pid}`, cause }))
    )
  })

/** Runs `work` and answers its result with the pid of the workerd that it started; null if it started none. */
export const watchWorkerd = async <A>(work: () => Promise<A>): Promise<readonly [A, number | null]> => {
  const started: Array<ChildProcess> = []
  const notice = (message: unknown): void => void started.push((message as { readonly process: ChildProcess }).process)
  subscribe("child_process", notice)
  try {
    const result = await work()
    return [result, started.find(({ spawnfile }) => basename(spawnfile) === "workerd")?.pid ?? null]
  } finally {
    unsubscribe("child_process", notice)
  }
}
