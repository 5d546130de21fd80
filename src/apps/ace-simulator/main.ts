/**
 * `node src/apps/ace-simulator/main.ts --port 8791 --sites 1 --points 150 --seed 1 --interval 1 --key …`
 */
import { parseArgs } from "node:util"
import { listen } from "./server.ts"
import { DEVELOPMENT_KEY, simulator } from "./simulator.ts"

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8791" },
    sites: { type: "string", default: "1" },
    points: { type: "string", default: "150" },
    seed: { type: "string", default: "1" },
    interval: { type: "string" },
    key: { type: "string", default: DEVELOPMENT_KEY }
  }
})

const INTERVALS = [1, 5, 15] as const
const intervalMinutes = INTERVALS.find((minutes) => String(minutes) === values.interval) ?? null
if (values.interval !== undefined && intervalMinutes === null) {
  throw new Error(`--interval ${values.interval}: expected one of ${INTERVALS.join(", ")}`)
}

const building = simulator({
  seed: Number(values.seed),
  sites: Number(values.sites),
  pointsPerSite: Number(values.points),
  intervalMinutes,
  key: values.key
})
const server = await listen(building, Number(values.port))
console.log(`ACE simulator on http://127.0.0.1:${server.port}/api, sites ${building.sites.join(", ")}`)
