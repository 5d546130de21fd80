/**
 * The alert rules of docs/operations/alerts.yml, and their conditions over what /metrics said at some instants: as much
 * of PromQL as they use.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type Metric, readMetrics } from "./metrics.ts"

export interface Rule {
  readonly alert: string
  readonly expr: string
}

export const rules: ReadonlyArray<Rule> = [
  ...readFileSync(join(import.meta.dirname, "../docs/operations/alerts.yml"), "utf8")
    .matchAll(/- alert: (\w+)\n +expr: (.+)\n/g)
].map(([, alert = "", expr = ""]) => ({ alert, expr }))

export interface Scrape {
  /** ms */
  readonly at: number
  readonly text: string
}

/** Values by the labels that tell them apart. */
type Vector = ReadonlyMap<string, number>

const MINUTE_MS = 60_000
const UNITS: Readonly<Record<string, number>> = { h: 60 * MINUTE_MS, d: 1_440 * MINUTE_MS }

const durationMs = (text: string): number => Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? Number.NaN)

const selected = (metrics: ReadonlyArray<Metric>, name: string, matchers: string): ReadonlyArray<Metric> => {
  const wanted = [...matchers.matchAll(/(\w+)="([^"]*)"/g)]
  return metrics.filter((one) =>
    one.name === name && wanted.every(([, label = "", value]) => one.labels[label] === value)
  )
}

/** Prometheus forgets what was not scraped for five minutes. */
const LOOK_BACK_MS = 5 * MINUTE_MS

const SELECTOR = /^(?:avg_over_time\()?(\w+)(\{[^}]*\})?(?:\[(\w+)\])?(?: offset (\w+))?\)?$/

const vectorOf = (expr: string, scrapes: ReadonlyArray<Scrape>, now: number): Vector => {
  const [, name, matchers = "", range, offset = "0h"] = SELECTOR.exec(expr) ?? []
  if (name === undefined) throw new Error(`cannot read ${expr}`)
  const end = now - durationMs(offset)
  const start = end - (range === undefined ? LOOK_BACK_MS : durationMs(range))
  const inside = scrapes.filter(({ at }) => at > start && at <= end)
  const values = new Map<string, Array<number>>()
  for (const { text } of range === undefined ? inside.slice(-1) : inside) {
    for (const { labels, value } of selected(readMetrics(text), name, matchers)) {
      const key = JSON.stringify(labels)
      values.set(key, [...values.get(key) ?? [], value])
    }
  }
  return new Map([...values].map(([key, all]) => [key, all.reduce((sum, one) => sum + one, 0) / all.length]))
}

/** A number, or a vector with what is done to each of its values. */
const side = (expr: string, scrapes: ReadonlyArray<Scrape>, now: number): Vector | number => {
  if (!Number.isNaN(Number(expr))) return Number(expr)
  const [, factor, vector] = /^([\d.]+) \* (.+)$/.exec(expr) ?? []
  const [, age] = /^time\(\) - (.+)$/.exec(expr) ?? []
  const found = vectorOf(age ?? vector ?? expr, scrapes, now)
  const change = (value: number): number => age === undefined ? value * Number(factor ?? 1) : now / 1_000 - value
  return new Map([...found].map(([key, value]) => [key, change(value)]))
}

const OPERATORS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  ">": (a, b) => a > b,
  "<": (a, b) => a < b
}

const comparison = (expr: string, scrapes: ReadonlyArray<Scrape>, now: number): ReadonlyArray<string> => {
  const [, left = "", operator = "", right = ""] = /^(.+?) (==|>|<) (.+)$/.exec(expr) ?? []
  const holds = OPERATORS[operator]
  const values = side(left, scrapes, now)
  const limits = side(right, scrapes, now)
  if (holds === undefined || typeof values === "number") throw new Error(`cannot read ${expr}`)
  return [...values].flatMap(([key, value]) => {
    const limit = typeof limits === "number" ? limits : limits.get(key)
    return limit !== undefined && holds(value, limit) ? [key] : []
  })
}

/** Whether a rule's condition holds at `now` for some labels. */
export const holds = ({ expr }: Rule, scrapes: ReadonlyArray<Scrape>, now: number): boolean => {
  const [, absent] = /^absent\((\w+)\)$/.exec(expr) ?? []
  if (absent !== undefined) return vectorOf(absent, scrapes, now).size === 0
  const [first = [], ...others] = expr.split(" and ").map((part) => comparison(part, scrapes, now))
  return first.some((key) => others.every((keys) => keys.includes(key)))
}
