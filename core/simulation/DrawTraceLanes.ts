import type { TraceEvent } from "./TraceEvent.ts"

/** A part of a lane, from one event to another, by their numbers; `count` of the events is the end of the drawing. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly label: string
}

/** One node's line. */
export interface Lane {
  readonly node: string
  /** From a start to a crash; `label` is empty. */
  readonly lives: ReadonlyArray<Span>
  /** While the beginning of its status is the same: its role, and one word more. */
  readonly statuses: ReadonlyArray<Span>
  readonly pauses: ReadonlyArray<Span>
}

/** How many words of a status make one span of it. */
const spanWords = 2

/** What tells spans of a node's status apart: its first words. */
const headOf = (status: string): string =>
  status
    .trim()
    .split(/[\s,;]+/)
    .slice(0, spanWords)
    .join(" ")

/** A fault that lasts says so at its end. */
const endOf = /^end of (.+)$/
const pauseOf = /^pause, node ([^,]+)/
const kindOf = (what: string): string => what.split(",")[0] ?? what

/** The faults that begin and end, and those that never end. */
export const lastingFaults = (events: ReadonlyArray<TraceEvent>): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  const open = new Map<string, Array<{ readonly from: number; readonly label: string }>>()
  for (const [index, { kind, what }] of events.entries()) {
    if (kind !== "fault") continue
    const ended = endOf.exec(what)?.[1]
    if (ended === undefined) {
      const begun = { from: index, label: what }
      const known = open.get(kindOf(what))
      if (known === undefined) open.set(kindOf(what), [begun])
      else known.push(begun)
      continue
    }
    const first = open.get(ended)?.shift()
    if (first !== undefined) spans.push({ ...first, to: index })
  }
  return spans.sort((a, b) => a.from - b.from)
}

/** Each node's life, status and pauses, for those named first and then for all others that something happens at. */
export const lanesOf = (nodes: ReadonlyArray<string>, events: ReadonlyArray<TraceEvent>): ReadonlyArray<Lane> => {
  const names = new Set([...nodes, ...events.map(({ node }) => node)].filter((name) => name !== ""))
  const paused = lastingFaults(events)
  return [...names].map((node) => {
    const lives: Array<Span> = []
    const statuses: Array<Span> = []
    const first = events.find((event) => event.node === node && (event.kind === "start" || event.kind === "crash"))
    // What is already alive when the trace begins has no start in it.
    let begun: number | undefined = first?.kind === "start" ? undefined : -1
    let status: { readonly from: number; readonly label: string } | undefined
    const endStatus = (to: number): void => {
      if (status !== undefined) statuses.push({ ...status, to })
      status = undefined
    }
    for (const [index, event] of events.entries()) {
      if (event.node !== node) continue
      if (event.kind === "start") begun ??= index
      if (event.kind === "crash") {
        endStatus(index)
        if (begun !== undefined) lives.push({ from: begun, to: index, label: "" })
        begun = undefined
      } else if (event.status !== undefined && event.status.trim() !== "") {
        const label = headOf(event.status)
        if (label === status?.label) continue
        endStatus(index)
        status = { from: index, label }
      }
    }
    endStatus(events.length)
    if (begun !== undefined) lives.push({ from: begun, to: events.length, label: "" })
    const pauses = paused.filter(({ label }) => pauseOf.exec(label)?.[1] === node)
    return { node, lives, statuses, pauses }
  })
}
