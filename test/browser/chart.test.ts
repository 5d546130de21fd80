/**
 * Proves that the chart page shows what the API answers, and behaves as people expect: in Chromium, over the real
 * Workers with data of the simulator. What is drawn is read at the cursor, which takes it from the drawn data.
 */
import { parquetMetadata } from "hyparquet"
import { readFileSync } from "node:fs"
import type { Page, Request } from "playwright-core"
import { afterAll, assert, beforeAll, it } from "vitest"
import { DEVELOPMENT_KEY } from "../../src/apps/local/runtime.ts"
import { numberText } from "../../src/apps/page/points/units.ts"
import { readInput, timeText } from "../../src/apps/page/times.ts"
import { instantText } from "../../src/apps/page/urls.ts"
import type { Window } from "../../src/domain/time/window.ts"
import { seriousViolations } from "./accessible.ts"
import { makeWorld, type World } from "./world.ts"

const HOUR = 3_600_000

let world: World

beforeAll(async () => {
  world = await makeWorld()
})
afterAll(() => world.stop())

interface Series {
  readonly point: string
  readonly timestamps: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
}

const samplesOf = async (points: ReadonlyArray<string>, { end, start }: Window): Promise<ReadonlyArray<Series>> => {
  const parameters = new URLSearchParams([
    ["site_name", world.site],
    ...points.map((point) => ["point_name", point]),
    ["start_time", instantText(start)],
    ["end_time", instantText(end)],
    ["layout", "columns"]
  ])
  const response = await fetch(`${world.url}/timeseries/query?${parameters}`)
  return (await response.json() as { readonly series: ReadonlyArray<Series> }).series
}

/** Waits until an expression is true in the page, whose policy lets nothing but this evaluate texts. */
const until = async (page: Page, expression: string): Promise<void> => {
  while (!await page.evaluate<boolean>(expression)) await page.waitForTimeout(20)
}

/** Waits until the picture of the newest question is there. */
const drawn = async (page: Page): Promise<void> => {
  await page.waitForSelector("#chart[aria-busy=false] .u-over")
  await until(page, "document.querySelector('.badge') !== null")
}

const legendPoints = (page: Page): Promise<ReadonlyArray<string>> => page.locator(".legend .full").allTextContents()

const windowOf = (page: Page): Window => {
  const parameters = new URL(page.url()).searchParams
  return { start: Date.parse(parameters.get("from") ?? ""), end: Date.parse(parameters.get("to") ?? "") }
}

/** Drags over a share of the drawn area, and waits for the fine picture. */
const dragOver = async (page: Page, from: number, to: number): Promise<void> => {
  const before = page.url()
  const area = await page.locator(".u-over").first().boundingBox()
  if (area === null) throw new Error("nothing is drawn")
  await page.mouse.move(area.x + from * area.width, area.y + 60)
  await page.mouse.down()
  await page.mouse.move(area.x + (from + to) / 2 * area.width, area.y + 60)
  await page.mouse.move(area.x + to * area.width, area.y + 60)
  await page.mouse.up()
  await page.waitForURL((url) => url.href !== before)
  await drawn(page)
}

/** Points at an instant, and answers what the legend says of each point. */
const valuesAt = async (page: Page, at: number, { end, start }: Window): Promise<ReadonlyArray<string>> => {
  const area = await page.locator(".u-over").first().boundingBox()
  if (area === null) throw new Error("nothing is drawn")
  await page.mouse.move(area.x + (at - start) / (end - start) * area.width, area.y + 60)
  // The legend follows a frame or two later: until it names the instant, up to the width of two pixels.
  const near = 2 * (end - start) / area.width + 1_000
  for (;;) {
    const shown = await page.locator(".legend thead .cursor").textContent() ?? ""
    if (Math.abs(readInput(shown.trim().replace(" ", "T"), "America/New_York") - at) <= near) break
    await page.waitForTimeout(10)
  }
  return page.locator(".legend td.cursor").evaluateAll((cells) => cells.map((cell) => (cell.textContent ?? "").trim()))
}

const link = (points: ReadonlyArray<string>, { end, start }: Window, more = ""): string => {
  const names = points.map((point) => `&point=${encodeURIComponent(point)}`).join("")
  return `/?site=${world.site}${names}&from=${instantText(start)}&to=${instantText(end)}${more}`
}

/** Points of the air handler, a sample a minute each. */
const some = (count: number): ReadonlyArray<string> =>
  world.runtime.simulator.points(world.site).filter((name) => name.includes(":49-6049/analogInput/")).slice(0, count)

const binaries = (): ReadonlyArray<string> =>
  world.runtime.simulator.points(world.site).filter((name) => name.includes(":49-6049/binary"))

/** A whole hour of yesterday. */
const hourOfYesterday = (): Window => {
  const start = Math.floor(Date.now() / HOUR) * HOUR - 24 * HOUR
  return { start, end: start + HOUR }
}

it("draws something at once, from this host alone and without a complaint", async () => {
  const { faults, page, shot } = await world.open("/")
  await drawn(page)
  assert.strictEqual((await legendPoints(page)).length, 3)
  assert.include(page.url(), `site=${world.site}`)
  await shot("desktop-light")
  assert.deepStrictEqual(faults, [])
})

it("search, three points, a year, zoom to an hour: the API's samples are drawn, and a link restores them", async () => {
  const { faults, page } = await world.open(`/?site=${world.site}`)
  await drawn(page)
  for (const remove of (await page.locator(".legend .remove button").all()).reverse()) await remove.click()
  await page.waitForSelector(".empty")
  for (const words of ["supply air temp ahu", "return air co2", "supply fan power"]) {
    await page.fill("#search", words)
    await page.locator("#options li").first().click()
  }
  await until(page, "document.querySelectorAll('.legend tbody tr').length === 3")
  const widths: Array<string> = []
  page.on("request", (request: Request) => {
    const width = new URL(request.url()).searchParams.get("width")
    if (width !== null) widths.push(width)
  })
  await page.click("text=1 y")
  await drawn(page)
  await dragOver(page, 0.985, 0.9999)
  await dragOver(page, 0.8, 0.815)
  const wide = windowOf(page)
  await dragOver(page, 0.1, 0.1 + HOUR / (wide.end - wide.start))
  const window = windowOf(page)
  assert.approximately(window.end - window.start, HOUR, HOUR / 60)
  const over = await page.locator(".u-over").first().boundingBox()
  assert.strictEqual(widths.at(-1), String(over?.width))

  const points = await legendPoints(page)
  const series = await samplesOf(points, window)
  let compared = 0
  for (const { timestamps } of series.slice(0, 1)) {
    for (const at of timestamps.filter((_, i) => i % 4 === 0)) {
      const shown = await valuesAt(page, at, window)
      series.forEach((one, i) => {
        // Points of a device are scraped together.
        const value = one.values[one.timestamps.indexOf(at)]
        if (value === undefined) return
        assert.strictEqual(shown[i], numberText(value), `${one.point} at ${instantText(at)}`)
        compared++
      })
    }
  }
  assert.isAbove(compared, 20)

  const again = await world.open(page.url())
  await drawn(again.page)
  assert.deepStrictEqual(await legendPoints(again.page), points)
  assert.deepStrictEqual(windowOf(again.page), window)
  const [at] = series[0]?.timestamps ?? []
  assert.deepStrictEqual(await valuesAt(again.page, at ?? 0, window), await valuesAt(page, at ?? 0, window))

  await page.dblclick(".u-over >> nth=0")
  await page.waitForURL((url) => url.searchParams.get("from") === instantText(wide.start))
  await page.goForward()
  await page.waitForURL((url) => url.searchParams.get("from") === instantText(window.start))
  assert.deepStrictEqual(faults, [])
})

it("cancels what became stale, and never shows it over what is newer", async () => {
  const window = hourOfYesterday()
  const { page } = await world.open(link(some(1), window))
  await drawn(page)
  const gate = Promise.withResolvers<void>()
  let [asked, cancelled] = [0, 0]
  page.on("requestfailed", () => cancelled++)
  await page.route("**/timeseries/query?*width=*", async (route) => {
    if (asked++ === 0) await gate.promise
    await route.continue()
  })
  await page.click("text=24 h")
  await until(page, "document.querySelector('#chart').getAttribute('aria-busy') === 'true'")
  await page.click("text=6 h")
  await drawn(page)
  const shown = await page.locator(".badge").textContent()
  gate.resolve()
  await page.waitForTimeout(200)
  assert.strictEqual(await page.locator(".badge").textContent(), shown)
  assert.isAtLeast(cancelled, 1)
  assert.strictEqual(await page.locator(".tools [aria-pressed=true]").textContent().then((text) => text?.trim()), "6 h")
})

/** The longest time without a sample of the first points of each device in the last days. */
const longestOutage = (): { readonly point: string; readonly gap: Window } => {
  const { simulator } = world.runtime
  const end = Date.now() - HOUR
  let best = { point: "", gap: { start: 0, end: 0 } }
  for (const point of simulator.points(world.site).filter((name) => /analogInput\/[03]$/.test(name))) {
    const { timestamps } = simulator.truth(world.site, point, { start: end - 50 * HOUR, end })
    timestamps.forEach((at, i) => {
      const before = timestamps[i - 1] ?? at
      if (at - before > best.gap.end - best.gap.start) best = { point, gap: { start: before, end: at } }
    })
  }
  return best
}

it("shows an outage as a gap", async () => {
  const { gap, point } = longestOutage()
  assert.isAbove(gap.end - gap.start, HOUR / 2)
  const window = { start: gap.start - 2 * HOUR, end: gap.end + 2 * HOUR }
  const { page, shot } = await world.open(link([point], window))
  await drawn(page)
  await shot("outage")
  /** How many pixels of the line stand in the column of an instant. */
  const inked = (at: number): Promise<number> =>
    page.evaluate<number>(`(() => {
      const canvas = document.querySelector("#plots canvas")
      const over = document.querySelector(".u-over").getBoundingClientRect()
      const box = canvas.getBoundingClientRect()
      const x = over.left - box.left + over.width * ${(at - window.start) / (window.end - window.start)}
      const { data } = canvas.getContext("2d").getImageData(Math.round(x), 0, 1, Math.round(over.height))
      let count = 0
      for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 99 && data[i + 2] - data[i] > 90) count++
      return count
    })()`)
  assert.strictEqual(await inked((gap.start + gap.end) / 2), 0)
  assert.isAbove(await inked(gap.start - HOUR), 0)
  assert.isAbove(await inked(gap.end + HOUR), 0)
  assert.deepStrictEqual(await valuesAt(page, (gap.start + gap.end) / 2, window), ["–"])
})

it("is used with the keyboard alone", async () => {
  const { faults, page } = await world.open(`/?site=${world.site}`)
  await drawn(page)
  await page.keyboard.press("/")
  await until(page, "document.activeElement?.id === 'search'")
  await page.keyboard.type("zone temp")
  await until(page, "document.querySelectorAll('#options li').length < 30")
  await page.keyboard.press("ArrowDown")
  await page.keyboard.press("Enter")
  await until(page, "document.querySelectorAll('.legend tbody tr').length === 4")
  const marked = await page.locator("#options li.marked").getAttribute("id")
  assert.strictEqual(await page.locator("#search").getAttribute("aria-activedescendant"), marked)
  await page.keyboard.press("Enter")
  await until(page, "document.querySelectorAll('.legend tbody tr').length === 3")
  await page.keyboard.press("Escape")
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab")
    if (await page.evaluate<boolean>("document.activeElement?.id === 'chart'")) break
  }
  assert.isTrue(await page.evaluate<boolean>("document.activeElement?.id === 'chart'"))
  await page.keyboard.press("2")
  await page.waitForURL(/range=6h/)
  await page.keyboard.press("+")
  await page.waitForURL(/from=/)
  await page.keyboard.press("Backspace")
  await page.waitForURL(/range=6h/)
  await page.keyboard.press("?")
  await page.waitForSelector("dialog[open] .keys")
  await page.keyboard.press("Escape")
  await page.waitForSelector("dialog[open]", { state: "detached" })
  assert.deepStrictEqual(faults, [])
})

it("says what failed and tries again, says why there is nothing and leads to data", async () => {
  const { page, shot } = await world.open("/docs")
  const refused = { status: 503, contentType: "application/problem+json" }
  await page.route("**/timeseries/query?*", (route) =>
    route.fulfill({ ...refused, body: `{"code":"store_unavailable","detail":"a store did not answer"}` }))
  const [point = ""] = some(1)
  const old = Date.parse("2026-01-05T00:00Z")
  await page.goto(`${world.url}${link([point], { start: old, end: old + HOUR })}`)
  await page.waitForSelector(".notice.failed")
  assert.include(await page.locator(".notice.failed").textContent() ?? "", "A store did not answer.")
  await shot("failure")
  await page.unroute("**/timeseries/query?*")
  await page.click("text=Try again")
  await page.waitForSelector(".empty button")
  assert.strictEqual(await page.locator(".notice.failed").count(), 0)
  assert.match(await page.locator(".absent").textContent() ?? "", /No data in this range; there is data from 2026/)
  await shot("empty")
  await page.click(".empty >> text=Go to data")
  await until(page, "document.querySelector('.empty') === null")
  await drawn(page)
  await page.goto(`${world.url}${link(["demo/none"], hourOfYesterday())}`)
  await page.waitForSelector(".absent")
  assert.include(await page.locator(".absent").textContent() ?? "", "has no point of this name")
})

it("has no serious fault of accessibility, light or dark, wide or narrow", async () => {
  const narrow = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true }
  const looks = {
    "desktop-dark": { colorScheme: "dark" },
    "tablet-light": { viewport: { width: 820, height: 1_180 } },
    "phone-light": narrow,
    "phone-dark": { ...narrow, colorScheme: "dark" }
  } as const
  const [window, points] = [hourOfYesterday(), [...some(4), ...binaries().slice(0, 2)]]
  for (const [name, look] of Object.entries(looks)) {
    const { faults, page, shot } = await world.open(link(points, window), look)
    await drawn(page)
    await shot(name)
    assert.deepStrictEqual(await seriousViolations(page), [], name)
    const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth")
    assert.isAtMost(wide, 0, `${name} is wider than the screen`)
    assert.deepStrictEqual(faults, [])
  }
})

it("groups points by device, keeps views by name, and shows hours and days in other pictures", async () => {
  const window = { start: hourOfYesterday().start - 20 * HOUR, end: hourOfYesterday().end }
  const { faults, page, shot } = await world.open(link(some(2), window))
  await drawn(page)
  await page.click("text=Devices")
  await page.click("#options li >> text=AHU-2")
  await page.waitForSelector("#options li .name >> text=AHU-2 Supply Air Temp")
  await page.click(".saved summary")
  await page.fill(".saved input", "Air handler")
  await page.keyboard.press("Enter")
  await page.waitForSelector(".saved li >> text=Air handler")
  const shows = { heat: "hourly means", duration: "half of the time", days: "complete" }
  for (const [show, words] of Object.entries(shows)) {
    await page.selectOption("[aria-label=Show]", show)
    await page.waitForSelector(`.shows >> text=${words}`)
    await page.waitForTimeout(100)
    await shot(show)
    assert.deepStrictEqual(await seriousViolations(page), [], show)
  }
  await page.reload()
  await page.click(".saved summary")
  await page.click(".saved li >> text=Air handler")
  await page.waitForURL((url) => !url.searchParams.has("show"))
  await page.waitForSelector(".u-over")
  for (const per of ["hour", "day"]) {
    await page.selectOption("[aria-label=As]", per)
    await page.selectOption("[aria-label=Compare]", "week")
    await page.waitForURL(new RegExp(`per=${per}&compare=week`))
    await drawn(page)
    await shot(`bars-${per}`)
  }
  assert.deepStrictEqual(faults, [])
})

it("downloads what is seen: the CSV has every sample of the query, the Parquet file as many", async () => {
  const window = hourOfYesterday()
  const points = some(2)
  const { page } = await world.open(link(points, window))
  await drawn(page)
  const taken = async (kind: string): Promise<readonly [name: string, bytes: Uint8Array]> => {
    const waiting = page.waitForEvent("download")
    await page.click(`[aria-label="Download ${kind}"]`)
    const download = await waiting
    return [download.suggestedFilename(), readFileSync(await download.path())]
  }
  const [csvName, csv] = await taken("CSV")
  assert.match(csvName, /^plant-1_[\dTZ-]+_[\dTZ-]+\.csv$/)
  const [head = "", ...rows] = new TextDecoder().decode(csv).trimEnd().split("\n")
  assert.match(head, /^time_utc,time America\/New_York,AHU-2 Supply Air Temp \[°F\],AHU-2 Return Air Temp \[°F\]$/)
  const series = await samplesOf(points, window)
  series.forEach(({ timestamps, values }, column) => {
    const found = rows.map((row) => row.split(",")).filter((cells) => cells[2 + column] !== "")
    assert.deepStrictEqual(found.map(([utc]) => Date.parse(utc ?? "")), timestamps)
    assert.deepStrictEqual(found.map((cells) => Number(cells[2 + column])), values)
  })
  const [parquetName, parquet] = await taken("Parquet")
  assert.match(parquetName, /\.parquet$/)
  const { num_rows } = parquetMetadata(new Uint8Array(parquet).buffer)
  assert.strictEqual(Number(num_rows), series.reduce((sum, { timestamps }) => sum + timestamps.length, 0))
  const [, png] = await taken("PNG")
  assert.strictEqual(new TextDecoder("latin1").decode(png.slice(1, 4)), "PNG")
})

it("copies a link, and requests that other programs understand", async () => {
  const window = hourOfYesterday()
  const { page } = await world.open(link(some(2), window))
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"])
  await drawn(page)
  const copied = async (kind: string): Promise<string> => {
    await page.click(`[aria-label="Copy ${kind}"]`)
    await page.waitForSelector(`text=${kind} copied`)
    return page.evaluate<string>("navigator.clipboard.readText()")
  }
  assert.strictEqual(await copied("Link"), page.url())
  const url = /'(http[^']+)'/.exec(await copied("curl"))?.[1] ?? ""
  const lines = (await (await fetch(url)).text()).trimEnd().split("\n").length - 1
  const samples = (await samplesOf(some(2), window)).reduce((sum, { timestamps }) => sum + timestamps.length, 0)
  assert.strictEqual(lines, samples)
  assert.match(await copied("SQL"), /FROM read_parquet\(/)
  assert.match(await copied("Code"), /makeClient/)
})

it("follows live: what a sync brings is drawn without a reload", async () => {
  const [point = ""] = some(1)
  const { page } = await world.open(`/?site=${world.site}&point=${encodeURIComponent(point)}&range=1h&live=1`)
  await drawn(page)
  const ends = `[...document.querySelectorAll(".table tbody th")].map((cell) => cell.textContent)[0]`
  await page.selectOption("[aria-label=Show]", "table")
  await page.waitForSelector(".table tbody th")
  const before = await page.evaluate<string>(ends)
  world.runtime.simulator.setFaults({})
  const { status } = await fetch(`${world.url}/ops/etl/trigger`, {
    method: "POST",
    headers: { authorization: `Bearer ${DEVELOPMENT_KEY}` }
  })
  assert.strictEqual(status, 200)
  await until(page, `${ends} > ${JSON.stringify(before)}`)
  const now = Date.now()
  const [series] = await samplesOf([point], { start: now - HOUR, end: now })
  const { at, shown } = await page.evaluate<{ readonly at: string; readonly shown: string }>(`({
    at: ${ends},
    shown: document.querySelector(".table tbody td").textContent
  })`)
  assert.strictEqual(at, timeText(series?.timestamps.at(-1) ?? 0, "America/New_York"))
  assert.strictEqual(shown, numberText(series?.values.at(-1)))
})

it("asks for a key where one is needed, sends it as a header, and keeps it in no address and no storage", async () => {
  const url = await world.lock()
  const { page, shot } = await world.open(url)
  await page.waitForSelector("dialog[open] input")
  await shot("key")
  await page.keyboard.type("a wrong key")
  await page.keyboard.press("Enter")
  await page.waitForSelector(".notice.failed >> text=Use another key")
  await page.click("text=Use another key")
  const asked: Array<Request> = []
  page.on("request", (request) => asked.push(request))
  await page.fill("dialog[open] input", DEVELOPMENT_KEY)
  await page.keyboard.press("Enter")
  await page.waitForSelector("text=No site has data yet")
  assert.isTrue(asked.every((request) => !request.url().includes(DEVELOPMENT_KEY)))
  assert.isTrue(asked.some((request) => request.headers()["authorization"] === `Bearer ${DEVELOPMENT_KEY}`))
  const kept = await page.evaluate<string>("JSON.stringify([location.href, {...localStorage}, {...sessionStorage}])")
  assert.notInclude(kept, DEVELOPMENT_KEY)
  await page.reload()
  await page.waitForSelector("dialog[open] input")
})

it("the operations page shows sites and runs, starts a backfill with the key, and stops it", async () => {
  const { faults, page, shot } = await world.open("/ops")
  await page.waitForSelector("text=The system is")
  await page.waitForSelector(".ops-table tbody th >> text=plant-1")
  await page.waitForSelector("#archive ~ .days")
  const date = (age: number): string => new Date(Date.now() - age * 24 * HOUR).toISOString().slice(0, 10)
  const fill = async (): Promise<void> => {
    await page.fill("[name=start]", date(40))
    await page.fill("[name=end]", date(10))
    await page.click("text=Start backfill")
  }
  await fill()
  await page.waitForSelector("dialog[open] input")
  await page.fill("dialog[open] input", DEVELOPMENT_KEY)
  await page.keyboard.press("Enter")
  await page.waitForSelector("dialog[open]", { state: "detached" })
  await fill()
  await page.waitForSelector(`text=The backfill of ${date(40)} to ${date(10)} is in progress`)
  await shot("operations")
  await page.click("text=Stop")
  await page.waitForSelector("text=is stopped; what is done stays")
  await page.waitForSelector("text=Resume")
  assert.deepStrictEqual(await seriousViolations(page), [])
  await page.setViewportSize({ width: 390, height: 844 })
  await shot("operations-phone")
  assert.isAtMost(await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth"), 0)
  assert.notInclude(page.url(), DEVELOPMENT_KEY)
  assert.deepStrictEqual(faults.filter((fault) => !fault.includes("401")), [])
})

it("the page of the API fits a phone, and asks for no key where none is needed", async () => {
  const { faults, page, shot } = await world.open("/docs", { viewport: { width: 390, height: 844 } })
  await page.waitForSelector("section")
  await shot("docs-phone")
  const clipped = `[...document.querySelectorAll("input, textarea")]
    .filter((field) => field.getBoundingClientRect().right > innerWidth).length`
  assert.strictEqual(await page.evaluate<number>(clipped), 0)
  assert.isAtMost(await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth"), 0)
  assert.strictEqual(await page.locator("text=needs a key").count(), 0)
  assert.deepStrictEqual(await seriousViolations(page), [])
  assert.deepStrictEqual(faults, [])
})
