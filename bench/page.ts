/**
 * `npm run bench page`: the chart page in Chromium, over the query Worker in local workerd and the data of the query
 * benchmark, without a cache. The limits that a release keeps to are in brackets.
 */
import { Effect } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { loadavg } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import type { Browser } from "playwright-core"
import { buildPage } from "../src/apps/local/page.ts"
import { drawnTimes, heapMegabytes, median, newPage, seenBy, startBrowser } from "./page/look.ts"
import { NAMES, NOW, prepareData, SITE } from "./query/data.ts"
import { startRuntime } from "./query/runtime.ts"

const DAY = 86_400_000
const FIRSTS = 5
const ZOOMS = 200
const SEARCHES = 20
const POINTS_SEARCHED = 10_000

const ASSETS = join(import.meta.dirname, "../build/page/assets")

/** What the chart page loads, kilobytes as a client that takes gzip gets them. */
const transferKilobytes = (): number =>
  readdirSync(ASSETS).filter((file) => !file.startsWith("operations"))
    .reduce((sum, file) => sum + gzipSync(readFileSync(join(ASSETS, file))).length, 0) / 1e3

const link = (url: string, points: number, days: number): string => {
  const parameters = new URLSearchParams([
    ["site", SITE],
    ...NAMES.slice(0, points).map((name) => ["point", name]),
    ["from", `${new Date(NOW - days * DAY).toISOString().slice(0, 16)}Z`],
    ["to", `${new Date(NOW).toISOString().slice(0, 16)}Z`]
  ])
  return `${url}/?${parameters}`
}

const firstChart = async (browser: Browser, url: string): Promise<number> => {
  const page = await newPage(browser)
  await page.goto(link(url, 5, 1))
  const { drawn } = await drawnTimes(page, 1)
  await page.context().close()
  return drawn[0] ?? NaN
}

/** From the answer to the picture of a year. */
const drawYear = async (browser: Browser, url: string): Promise<number> => {
  const page = await newPage(browser)
  await page.goto(link(url, 5, 365))
  const { answered, drawn } = await drawnTimes(page, 1)
  await page.context().close()
  return (drawn[0] ?? NaN) - (answered[0] ?? NaN)
}

/** Zooms in and out around the newest month: from the key to the fine picture; and the heap at the end. */
const zooms = async (browser: Browser, url: string) => {
  const page = await newPage(browser)
  await page.goto(link(url, 5, 30))
  let { drawn } = await drawnTimes(page, 1)
  await page.locator("#chart").focus()
  await page.evaluate("window.keyed = []; addEventListener('keydown', (event) => keyed.push(event.timeStamp), true)")
  const times: Array<number> = []
  for (let i = 0; i < ZOOMS; i++) {
    await page.keyboard.press(["+", "ArrowLeft", "+", "ArrowRight", "-", "ArrowRight", "-", "ArrowLeft"][i % 8] ?? "+")
    drawn = (await drawnTimes(page, drawn.length + 1)).drawn
    times.push((drawn.at(-1) ?? NaN) - await page.evaluate<number>("keyed.at(-1)"))
  }
  const heap = await heapMegabytes(page)
  await page.context().close()
  return { zoomMs: median(times), heapMB: heap }
}

/** From the key to the list over many points, which stand in for those of a large site. */
const search = async (browser: Browser, url: string): Promise<number> => {
  const page = await newPage(browser)
  const points = Array.from({ length: POINTS_SEARCHED }, (_, i) => ({
    point_name: `site/device-${i % 97}/analogInput/${i}`,
    unit: "degreesFahrenheit",
    device: `AHU-${i % 97}`,
    description: `AHU-${i % 97} Supply Air Temp ${i}`,
    interval_seconds: 60,
    tags: ["ahu", "airHandling"],
    collected: true,
    first_timestamp: null,
    last_timestamp: null
  }))
  await page.route("**/points?*", (route) =>
    route.fulfill({ json: { site_name: SITE, total: POINTS_SEARCHED, points, next_cursor: null } }))
  await page.goto(link(url, 1, 1))
  await page.waitForSelector("text=10,000 points")
  const times: Array<number> = []
  for (let i = 0; i < SEARCHES; i++) {
    times.push(await page.evaluate<number>(`new Promise((done) => {
      const field = document.querySelector("#search")
      const began = performance.now()
      const watcher = new MutationObserver(() => {
        watcher.disconnect()
        done(performance.now() - began)
      })
      watcher.observe(document.querySelector("#options"), { childList: true, subtree: true, characterData: true })
      field.value = ${JSON.stringify(`ahu-${i} temp`)}
      field.dispatchEvent(new Event("input"))
    })`))
  }
  await page.context().close()
  return median(times)
}

/** Tasks of more than 100 ms while 20 points are dragged from side to side. */
const panning = async (browser: Browser, url: string): Promise<number> => {
  const page = await newPage(browser)
  await page.goto(link(url, 20, 30))
  await drawnTimes(page, 1)
  await page.waitForTimeout(500)
  const before = (await seenBy(page)).long.length
  const area = await page.locator(".u-over").first().boundingBox()
  if (area === null) throw new Error("nothing is drawn")
  await page.keyboard.down("Shift")
  await page.mouse.move(area.x + area.width / 2, area.y + 40)
  await page.mouse.down()
  for (let i = 0; i < 60; i++) {
    await page.mouse.move(area.x + area.width * (0.5 + 0.4 * Math.sin(i / 6)), area.y + 40)
  }
  await page.mouse.up()
  await page.keyboard.up("Shift")
  await drawnTimes(page, 2)
  await page.waitForTimeout(200)
  const { long } = await seenBy(page)
  await page.context().close()
  return long.slice(before).filter((duration) => duration > 100).length
}

console.log(`load of the machine before: ${loadavg()[0]?.toFixed(1)}`)
const folder = await prepareData(process.argv.includes("--fresh"))
await Effect.runPromise(buildPage)
const runtime = await startRuntime(folder)
const browser = await startBrowser()
const repeat = async (times: number, measure: () => Promise<number>): Promise<number> => {
  const values: Array<number> = []
  for (let i = 0; i < times; i++) values.push(await measure())
  return median(values)
}
const transferKB = transferKilobytes()
const firstChartMs = await repeat(FIRSTS, () => firstChart(browser, runtime.url))
const drawYear5pMs = await repeat(FIRSTS, () => drawYear(browser, runtime.url))
const { heapMB, zoomMs } = await zooms(browser, runtime.url)
const search10kMs = await search(browser, runtime.url)
const longTasks = await panning(browser, runtime.url)
await browser.close()
await runtime.stop()

const figures: ReadonlyArray<readonly [name: string, value: number, limit: number]> = [
  ["transferKB", transferKB, 60],
  ["firstChartMs", firstChartMs, 800],
  ["drawYear5pMs", drawYear5pMs, 200],
  ["zoomMs", zoomMs, 120],
  ["search10kMs", search10kMs, 50],
  ["longTasks", longTasks, 0],
  ["heapMB", heapMB, 80]
]
for (const [name, value, limit] of figures) console.log(`${name.padEnd(13)} ${value.toFixed(1).padStart(8)} [${limit}]`)
console.log(JSON.stringify(Object.fromEntries(figures.map(([name, value]) => [name, Number(value.toFixed(1))]))))
