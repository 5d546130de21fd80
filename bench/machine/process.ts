/** The CPU time of a process of this machine (Linux). */
import { readFileSync } from "node:fs"

const TICKS_PER_SECOND = 100

/** CPU seconds of a process so far, all threads: `utime` and `stime` of proc(5). */
export const cpuSecondsOf = (pid: number | null | undefined): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
