import type { TraceEvent, TraceKind } from "./TraceEvent.ts"
import { glyphs } from "./TraceGlyphs.ts"

const kinds = Object.keys(glyphs) as ReadonlyArray<TraceKind>

/** What is wider than this does not push the status of all other lines to the right. */
const widestEvent = 64

/** A text on one line, without anything that moves a terminal's cursor. */
const oneLine = (text: string): string => text.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ")

/** An event without its time, node and status: a message with its number and its other end, anything else by itself. */
const showWhat = ({ from, message, to, what }: TraceEvent): string => {
  const end = to ?? from
  return oneLine(`${end === undefined ? "" : `${end} `}${message === undefined ? "" : `#${message} `}${what}`)
}

/**
 * A run as a table: one line for each event, in columns.
 *
 * **Details**
 *
 * The columns are the time in milliseconds, the node, a sign for the kind of event (the first line says which), the
 * event, and the node's status after it. A message has one number where it is sent, arrives and is lost.
 *
 * **Example**
 *
 * ```
 * → sent   ← arrived   † crash
 *   time  node    event          status
 *   1004  n1    → n2 #7 Append   leader of term 2
 *   1009  n2    ← n1 #7 Append   follower of term 2
 *   1009  n2    † crash
 * ```
 */
export const showTable = (events: ReadonlyArray<TraceEvent>): string => {
  const used = new Set(events.map(({ kind }) => kind))
  const legend = kinds.filter((kind) => used.has(kind)).map((kind) => `${glyphs[kind].glyph} ${glyphs[kind].means}`)
  const lines = events.map((event) => ({
    time: `${event.at}`,
    node: oneLine(event.node),
    event: `${glyphs[event.kind].glyph} ${showWhat(event)}`,
    status: oneLine(event.status ?? "")
  }))
  const header = { time: "time", node: "node", event: "  event", status: "status" }
  const all = [header, ...lines]
  const widest = (column: "time" | "node" | "event"): number =>
    all.reduce((width, line) => Math.max(width, line[column].length), 0)
  const timeWidth = Math.max(6, widest("time"))
  const nodeWidth = widest("node")
  const eventWidth = Math.min(widestEvent, widest("event"))
  const rows = all.map(({ event, node, status, time }) =>
    `${time.padStart(timeWidth)}  ${node.padEnd(nodeWidth)}  ${event.padEnd(eventWidth)}  ${status}`.trimEnd()
  )
  return [legend.join("   "), ...rows].join("\n")
}
