/** A browser that looks at the page, and what it measures there. */
import type { Browser, Page } from "playwright-core"
import { launch } from "../../test/browser/chromium.ts"

/** Kept in the page: when pictures were drawn, when the answers came, and tasks that blocked it. */
const OBSERVE = `
  window.seen = { drawn: [], answered: [], long: [] }
  const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({ type, buffered: true })
  watch("mark", ({ name, startTime }) => name === "drawn" && window.seen.drawn.push(startTime))
  watch("resource", ({ name, responseEnd }) =>
    name.includes("width=") && window.seen.answered.push(responseEnd))
  watch("longtask", ({ duration }) => window.seen.long.push(duration))
`

interface Seen {
  readonly drawn: ReadonlyArray<number>
  readonly answered: ReadonlyArray<number>
  readonly long: ReadonlyArray<number>
}

export const seenBy = (page: Page): Promise<Seen> => page.evaluate<Seen>("window.seen")

/** Waits until so many pictures have been drawn, and what came with them has been counted. */
export const drawnTimes = async (page: Page, count: number): Promise<Seen> => {
  for (;;) {
    const seen = await seenBy(page)
    if (seen.drawn.length >= count) return seen
    await page.waitForTimeout(5)
  }
}

export const startBrowser = (): Promise<Browser> => launch()

/** A page of a new session, with nothing in its caches. */
export const newPage = async (browser: Browser): Promise<Page> => {
  const context = await browser.newContext({
    locale: "en-US",
    timezoneId: "America/New_York",
    viewport: { width: 1_440, height: 900 }
  })
  const page = await context.newPage()
  await page.addInitScript(OBSERVE)
  return page
}

/** What the page's scripts hold after a collection of garbage, megabytes. */
export const heapMegabytes = async (page: Page): Promise<number> => {
  const session = await page.context().newCDPSession(page)
  await session.send("HeapProfiler.collectGarbage")
  const { usedSize } = await session.send("Runtime.getHeapUsage")
  return usedSize / 1e6
}

export const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN
