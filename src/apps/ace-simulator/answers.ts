/**
 * The parts of the simulated API's requests and answers, as the real one has them: Flask-RESTX bodies, fixed sets of
 * page sizes, padded base64 cursors.
 */
import { Result } from "effect"
import { formatInstant, parseInstant } from "../../domain/time/instant.ts"
import type { Window } from "../../domain/time/window.ts"
import type { SimulatedDevice, SimulatedPoint, SimulatedSite } from "./catalogue.ts"
import type { Cursor } from "./pages.ts"

const PER_PAGE = [2, 10, 20, 30, 40, 50, 100, 500, 1_000, 5_000, 10_000, 100_000]
const PAGE_SIZES = [3, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 300_000, 500_000]

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } })

export const badParameter = (field: string, message: string): Response =>
  json(400, { message: "Input payload validation failed", errors: { [field]: message } })

export const html = (status: number): Response =>
  new Response("<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body>upstream error</body></html>", {
    status,
    headers: { "content-type": "text/html" }
  })

/** The number of a fixed set that the text names; undefined if there is none. */
const oneOf = (set: ReadonlyArray<number>, text: string | null, fallback: number): number | undefined =>
  text === null ? fallback : set.find((size) => String(size) === text)

export const readPageSize = (query: URLSearchParams): number | undefined =>
  oneOf(PAGE_SIZES, query.get("page_size"), 10_000)

export const readWindow = (query: URLSearchParams): Window | undefined => {
  const start = parseInstant(query.get("start_time"), "start_time")
  const end = parseInstant(query.get("end_time"), "end_time")
  return Result.isSuccess(start) && Result.isSuccess(end) ? { start: start.success, end: end.success } : undefined
}

/** Opaque cursors are the same text backwards, so that a client cannot read them. */
export const writeCursor = (cursor: Cursor, opaque: boolean): string => {
  const text = `{"offset": ${cursor.offset}, "timestamp": "${cursor.timestamp}"}`
  return opaque ? `~${btoa(text.split("").reverse().join(""))}` : btoa(text)
}

/** Undefined if the text is not a cursor. */
export const readCursor = (text: string): Cursor | undefined => {
  const opaque = text.startsWith("~")
  const decoded = /^[\w+/]+={0,2}$/.test(opaque ? text.slice(1) : text) ? atob(opaque ? text.slice(1) : text) : ""
  const match = /^\{"offset": (\d+), "timestamp": "(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{6})?)"\}$/.exec(
    opaque ? decoded.split("").reverse().join("") : decoded
  )
  return match === null ? undefined : { offset: Number(match[1]), timestamp: match[2] as string }
}

const UNKNOWN = "property: unknown-property"

/** A point as the API lists it. One in eight devices does not answer `description`, one point in nine its units. */
const pointItem = (site: SimulatedSite, device: SimulatedDevice, point: SimulatedPoint): unknown => ({
  id: point.id,
  name: point.name,
  client: site.client,
  site: site.name,
  kv_tags: { equipment: device.name },
  bacnet_data: {
    object_name: point.objectName,
    object_type: point.template.objectType,
    object_instance: String(point.objectInstance),
    object_units: point.seed % 9 === 0 ? UNKNOWN : point.template.unit,
    object_description: device.seed % 8 === 0 ? UNKNOWN : point.objectName,
    device_name: device.name,
    device_address: device.address,
    device_description: device.template.model,
    present_value: UNKNOWN
  },
  marker_tags: [...device.template.tags, "point"],
  collect_config: {},
  point_type: point.seed % 5 === 0 ? null : "bacnet",
  collect_enabled: point.configured,
  collect_interval: point.configured ? device.intervalMinutes * 60 : null,
  updated: "2026-01-15T09:30:00",
  created: "2025-06-01T12:00:00"
})

/** All points of the sites, in their order. */
export const pointItems = (sites: Iterable<SimulatedSite>, configuredOnly: boolean): ReadonlyArray<unknown> => {
  const items: Array<unknown> = []
  for (const site of sites) {
    for (const device of site.devices) {
      for (const point of device.points) {
        if (point.configured || !configuredOnly) items.push(pointItem(site, device, point))
      }
    }
  }
  return items
}

/** A page of a list; `pages` is null if the list is empty. */
export const listPage = (items: ReadonlyArray<unknown>, query: URLSearchParams): Response => {
  const perPage = oneOf(PER_PAGE, query.get("per_page"), 10)
  if (perPage === undefined) return badParameter("per_page", `must be one of ${PER_PAGE.join(", ")}`)
  const page = Number(query.get("page") ?? "1")
  if (!Number.isInteger(page) || page < 1) return badParameter("page", "must be a positive integer")
  return json(200, {
    items: items.slice((page - 1) * perPage, page * perPage),
    page,
    pages: items.length === 0 ? null : Math.ceil(items.length / perPage),
    per_page: perPage,
    total: items.length
  })
}

/** An instant without a zone, as the API writes it. */
export const naiveTime = (ms: number): string => {
  const text = formatInstant(ms).slice(0, -1)
  return text.endsWith(".000") ? text.slice(0, -4) : `${text}000`
}
