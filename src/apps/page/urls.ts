/**
 * A view as the search part of a URL, and back. What a URL does not say is as at the start; what it says wrongly is
 * listed, so that a person sees why a link shows something else.
 */
import {
  type Compare,
  COMPARES,
  MAX_POINTS,
  type Per,
  PERS,
  type Range,
  type Show,
  SHOWS,
  type Span,
  SPANS,
  START,
  type View
} from "./view.ts"

export interface ReadView {
  readonly view: View
  /** Parameters that were not understood, in words. */
  readonly complaints: ReadonlyArray<string>
}

const isSpan = (text: string): text is Span => Object.hasOwn(SPANS, text)
const isShow = (text: string): text is Show => (SHOWS as ReadonlyArray<string>).includes(text)
const isPer = (text: string): text is Per => (PERS as ReadonlyArray<string>).includes(text)
const isCompare = (text: string): text is Compare => Object.hasOwn(COMPARES, text)

export const isZone = (text: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone !== ""
  } catch {
    return false
  }
}

/** Only whole instants that a URL of ours can hold: `2026-11-20T14:05:00.000Z`, milliseconds left out if zero. */
const readInstant = (text: string): number =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{3})?)?Z$/.test(text) ? Date.parse(text) : NaN

export const instantText = (at: number): string => new Date(at).toISOString().replace(/(:00)?\.000Z$/, "Z")

const readRange = (parameters: URLSearchParams, complaints: Array<string>): Range => {
  const [from, to, span] = [parameters.get("from"), parameters.get("to"), parameters.get("range")]
  if (from !== null && to !== null) {
    const [start, end] = [readInstant(from), readInstant(to)]
    if (end > start) return { kind: "between", start, end }
    complaints.push(`from=${from} and to=${to} are not a range`)
  } else if (from !== null || to !== null) complaints.push("from and to belong together")
  if (span === null) return START.range
  if (isSpan(span)) return { kind: "last", span }
  complaints.push(`range=${span} is not one of ${Object.keys(SPANS).join(", ")}`)
  return START.range
}

const readPoints = (parameters: URLSearchParams, complaints: Array<string>): ReadonlyArray<string> => {
  const points = [...new Set(parameters.getAll("point").filter((name) => name !== ""))]
  if (points.length > MAX_POINTS) complaints.push(`only the first ${MAX_POINTS} of ${points.length} points are drawn`)
  return points.slice(0, MAX_POINTS)
}

/** @param search such as `?site=plant-1&point=a&range=7d` */
export const readUrl = (search: string): ReadView => {
  const parameters = new URLSearchParams(search)
  const complaints: Array<string> = []
  const choose = <A extends string>(name: string, is: (text: string) => text is A, fallback: A): A => {
    const text = parameters.get(name)
    if (text === null) return fallback
    if (is(text)) return text
    complaints.push(`${name}=${text} is not known`)
    return fallback
  }
  const zone = parameters.get("zone") ?? ""
  const knownZone = zone === "" || isZone(zone)
  if (!knownZone) complaints.push(`zone=${zone} is not a time zone`)
  const view: View = {
    site: parameters.get("site") ?? "",
    points: readPoints(parameters, complaints),
    range: readRange(parameters, complaints),
    zone: knownZone ? zone : "",
    show: choose("show", isShow, START.show),
    per: choose("per", isPer, START.per),
    compare: choose("compare", isCompare, START.compare),
    live: parameters.get("live") === "1"
  }
  return { view, complaints }
}

/** The shortest search part that {@link readUrl} reads as this view; empty for the start. */
export const writeUrl = (view: View): string => {
  const parameters = new URLSearchParams()
  if (view.site !== "") parameters.set("site", view.site)
  for (const point of view.points) parameters.append("point", point)
  if (view.range.kind === "between") {
    parameters.set("from", instantText(view.range.start))
    parameters.set("to", instantText(view.range.end))
  } else if (view.range.span !== "24h") parameters.set("range", view.range.span)
  if (view.zone !== "") parameters.set("zone", view.zone)
  for (const name of ["show", "per", "compare"] as const) {
    if (view[name] !== START[name]) parameters.set(name, view[name])
  }
  if (view.live) parameters.set("live", "1")
  // These are legal in a query, and easier to read.
  const text = parameters.toString().replaceAll("%2F", "/").replaceAll("%3A", ":")
  return text === "" ? "" : `?${text}`
}
