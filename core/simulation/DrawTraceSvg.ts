import type { Lane, Span } from "./DrawTraceLanes.ts"
import { escapeHtml, messageKind, statusColours, statusWord } from "./DrawTraceText.ts"
import type { Passage } from "./TraceCauses.ts"
import type { TraceEvent } from "./TraceEvent.ts"

/** Where the lanes stand, in pixels from the left of the drawing. */
export interface Columns {
  readonly total: number
  readonly width: number
  readonly x: (lane: number) => number
  /** How many characters fit beside a lane. */
  readonly room: (lane: number) => number
}

interface Lanes {
  readonly events: ReadonlyArray<TraceEvent>
  readonly lanes: ReadonlyArray<Lane>
  readonly passages: ReadonlyArray<Passage>
  readonly colours: ReadonlyMap<string, number>
  readonly faults: ReadonlyArray<Span>
  readonly columns: Columns
}

const faultLane = 92
/** To the right of the last lane. */
const margin = 34
const letterWidth = 6.2
/** Where the signs of faults, moves and marks stand in their lane, and where the bars of lasting faults begin. */
const signX = 14
const barX = 30
const barStep = 9
const mostBars = 6

export const columnsOf = (lanes: number): Columns => {
  const width = lanes <= 3 ? 160 : lanes <= 5 ? 124 : 100
  const free = (lane: number): number => (lane === lanes - 1 ? width / 2 + margin : width)
  return {
    total: faultLane + lanes * width + margin,
    width,
    x: (lane) => faultLane + (lane + 0.5) * width,
    room: (lane) => Math.floor((free(lane) - 18) / letterWidth)
  }
}

/** The signs of events, drawn around the origin. */
const shapes: Readonly<Record<string, string>> = {
  input: "M-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0z",
  output: "M-2 0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0z",
  effect: "M-2.5 -2.5h5v5h-5z",
  crash: "M-6 -6L6 6M6 -6L-6 6",
  start: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
  fault: "M0 -6L6 0L0 6L-6 0z",
  move: "M-4 -5L5 0L-4 5z",
  mark: "M0 -6L1.8 -2.2L6 -1.8L2.8 1L3.8 5.2L0 3L-3.8 5.2L-2.8 1L-6 -1.8L-1.8 -2.2z",
  note: "M-4 -4h8v8h-8z"
}

/** A bar from one event to another; the script gives it its height. */
const bar = (name: string, span: Span, x: number, width: number, tip: string): string =>
  `<rect class="bar ${name}" data-a="${span.from}" data-b="${span.to}" data-tip="${escapeHtml(tip)}" x="${x - width / 2}" width="${width}" rx="${Math.min(4, width / 2)}" />`

/** Lasting faults side by side, each in the first place that is free. */
const drawFaults = (faults: ReadonlyArray<Span>): string => {
  const busyUntil: Array<number> = []
  return faults
    .map((fault) => {
      const free = busyUntil.findIndex((until) => until <= fault.from)
      const place = free >= 0 ? free : busyUntil.length
      busyUntil[place] = fault.to
      return bar("lasting", fault, barX + (place % mostBars) * barStep, 6, fault.label)
    })
    .join("")
}

/** A node's bars, and what is written beside them. */
const drawLane = (
  lane: Lane,
  x: number,
  room: number,
  colours: ReadonlyMap<string, number>
): { readonly bars: string; readonly labels: string } => {
  const lives = lane.lives.map((life) => bar("life", life, x, 2, lane.node))
  const statuses = lane.statuses.map((span) => {
    const colour = colours.get(statusWord(span.label)) ?? 0
    const label = span.label.length > room ? `${span.label.slice(0, room - 1)}…` : span.label
    return {
      bar: bar(`state s${colour}`, span, x, 10, `${lane.node}: ${span.label}`),
      label: `<text class="s${colour}" data-a="${span.from}" data-b="${span.to}" x="${x + 9}">${escapeHtml(label)}</text>`
    }
  })
  const pauses = lane.pauses.map((span) => bar("pause", span, x, 14, `${lane.node} is paused`))
  return {
    bars: [
      `<line class="dead" x1="${x}" x2="${x}" y1="0" y2="100%" />`,
      ...lives,
      ...statuses.map((status) => status.bar),
      ...pauses
    ].join(""),
    labels: statuses.map(({ label: text }) => text).join("")
  }
}

const drawMessage = (passage: Passage, lanes: Lanes, xOf: ReadonlyMap<string, number>): string => {
  const { colours, events } = lanes
  const sent = events[passage.sent]
  const ended = passage.end === undefined ? undefined : events[passage.end]
  const from = xOf.get(sent?.node ?? "")
  const to = xOf.get(sent?.to ?? ended?.node ?? "")
  if (sent === undefined || from === undefined || to === undefined) return ""
  const fate = ended === undefined ? "under-way" : ended.kind === "drop" ? "lost" : "arrived"
  const end = passage.end ?? events.length
  const head = fate === "lost" ? "M-5 -5L5 5M5 -5L-5 5" : "M1 0L-8 -4.5L-8 4.5z"
  return (
    `<g class="msg ${fate} c${colours.get(messageKind(sent.what)) ?? 0}" data-a="${passage.sent}" data-b="${end}" ` +
    `data-x="${from}" data-to="${to}"><line class="hit" /><line /><path d="${head}" /></g>`
  )
}

/** An arrival whose sending lies before the trace: a short arrow from its side. */
const drawArrival = (event: TraceEvent, index: number, lanes: Lanes, xOf: ReadonlyMap<string, number>): string => {
  const to = xOf.get(event.node)
  if (to === undefined) return ""
  const from = xOf.get(event.from ?? "") ?? to - 40
  const near = to + Math.sign(from - to) * 34
  const head = event.kind === "drop" ? "M-5 -5L5 5M5 -5L-5 5" : "M1 0L-8 -4.5L-8 4.5z"
  const fate = event.kind === "drop" ? "lost" : "arrived"
  return (
    `<g class="msg early ${fate} c${lanes.colours.get(messageKind(event.what)) ?? 0}" data-a="${index}" ` +
    `data-b="${index}" data-x="${near}" data-to="${to}"><line class="hit" /><line /><path d="${head}" /></g>`
  )
}

/** The drawing itself: everything knows the events it stands at; the script says how far down those are. */
export const drawLanes = (lanes: Lanes): string => {
  const { columns, events, faults, passages } = lanes
  const xOf = new Map(lanes.lanes.map(({ node }, at) => [node, columns.x(at)]))
  const colours = statusColours(lanes.lanes.flatMap(({ statuses }) => statuses.map(({ label }) => label)))
  const drawn = lanes.lanes.map((lane, at) => drawLane(lane, columns.x(at), columns.room(at), colours))
  const followed = new Set(passages.flatMap(({ end }) => (end === undefined ? [] : [end])))
  const arrivals = events.flatMap((event, index) =>
    (event.kind === "deliver" || event.kind === "drop") && !followed.has(index)
      ? [drawArrival(event, index, lanes, xOf)]
      : []
  )
  const signs = events.flatMap(({ kind, node }, index) => {
    const shape = shapes[kind]
    if (shape === undefined) return []
    const aside = kind === "fault" || kind === "move" || kind === "mark" || kind === "note"
    const x = aside ? signX : xOf.get(node)
    return x === undefined ? [] : [`<path class="sign ${kind}" data-a="${index}" data-x="${x}" d="${shape}" />`]
  })
  return [
    `<svg id="drawing" width="${columns.total}" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" `,
    'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="hatch-back" />',
    '<rect width="2.5" height="6" class="hatch-line" /></pattern></defs>\n',
    drawFaults(faults),
    ...drawn.map(({ bars }) => bars),
    "\n",
    ...passages.map((passage) => drawMessage(passage, lanes, xOf)),
    ...arrivals,
    "\n",
    ...drawn.map(({ labels }) => labels),
    "\n",
    ...signs,
    "</svg>\n"
  ].join("")
}
