/**
 * What can be taken away from a view: files, a picture, a link, code.
 */
import type { Window } from "../../../domain/time/window.ts"
import { fetchColumns, fetchFile } from "../api.ts"
import { readTheme } from "../chart/theme.ts"
import { type Known, pointOf } from "../data/curves.ts"
import { zoneOf } from "../data/question.ts"
import { titleOf } from "../points/kind.ts"
import { unitText } from "../points/units.ts"
import { windowOf } from "../ranges.ts"
import { timeText } from "../times.ts"
import { instantText } from "../urls.ts"
import type { View } from "../view.ts"
import { csvOf } from "./csv.ts"
import { pictureOf, save } from "./files.ts"
import { archiveText, clientText, curlText, fileName, type Shared } from "./texts.ts"

export const COPIES = { link: "Link", curl: "curl", sql: "SQL", code: "Code" } as const
export type Copy = keyof typeof COPIES

export const DOWNLOADS = { csv: "CSV", parquet: "Parquet", png: "PNG" } as const
export type Download = keyof typeof DOWNLOADS

const sharedOf = (view: View, window: Window): Shared =>
  ({ origin: location.origin, site: view.site, points: view.points, window })

export const copyText = (kind: Copy, view: View): string => {
  const shared = sharedOf(view, windowOf(view.range, Date.now()))
  switch (kind) {
    case "link":
      return location.href
    case "curl":
      return curlText(shared)
    case "sql":
      return archiveText(shared)
    case "code":
      return clientText(shared)
  }
}

const rawQuestion = ({ points, site }: View, { end, start }: Window) =>
  ({ site_name: site, point_name: [...points], start_time: instantText(start), end_time: instantText(end) })

/** All samples of the window, not those of pixels. */
const csvFile = async (view: View, window: Window, known: Known): Promise<Blob> => {
  const question = { ...rawQuestion(view, window), layout: "columns" } as const
  const { series } = await fetchColumns(question, new AbortController().signal)
  const columns = series.map(({ point, timestamps, values }) => {
    const about = pointOf(known, point)
    return { title: titleOf(about), unit: unitText(about.unit), track: { timestamps, values: values ?? [] } }
  })
  return new Blob([csvOf(columns, zoneOf(view))], { type: "text/csv" })
}

const pngFile = (view: View, window: Window, known: Known, canvases: ReadonlyArray<HTMLCanvasElement>) => {
  const theme = readTheme(document.body)
  const zone = zoneOf(view)
  const heading = `${view.site}   ${timeText(window.start, zone)} – ${timeText(window.end, zone)}   ${zone}`
  const legend = view.points.map((name, place) => {
    const point = pointOf(known, name)
    return { text: `${titleOf(point)}  ${unitText(point.unit)}`, colour: theme.hues[place % 8] ?? theme.ink }
  })
  return pictureOf(canvases, heading, legend, theme)
}

/** Makes a file of what is seen, and hands it to the browser. */
export const download = async (
  kind: Download,
  view: View,
  known: Known,
  canvases: ReadonlyArray<HTMLCanvasElement>
): Promise<void> => {
  const window = windowOf(view.range, Date.now())
  const name = fileName({ site: view.site, window }, kind)
  if (kind === "csv") save(name, await csvFile(view, window, known))
  else if (kind === "parquet") save(name, await fetchFile({ ...rawQuestion(view, window), format: "parquet" }))
  else {
    const picture = await pngFile(view, window, known, canvases)
    if (picture !== null) save(name, picture)
  }
}
