import type { TraceEvent } from "./TraceEvent.ts"

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** A text as it stands in HTML and in attributes; characters that may not stand there become a visible one. */
export const escapeHtml = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, visible).replace(/[&<>"']/g, (unit) => entities[unit] ?? unit)

const visible = (unit: string): string => (unit === "\n" || unit === "\t" ? unit : "\uFFFD")

/** What messages of one kind have in common: the first word of their label. */
export const messageKind = (what: string): string => /^[\p{L}\p{N}_.-]+/u.exec(what.trim())?.[0] ?? "message"

/** How many colours there are. */
export const colourCount = 10

/** A colour for each kind of message, in the order in which they first appear. */
export const messageColours = (events: ReadonlyArray<TraceEvent>): ReadonlyMap<string, number> => {
  const colours = new Map<string, number>()
  for (const { message, what } of events) {
    if (message === undefined) continue
    const kind = messageKind(what)
    if (!colours.has(kind)) colours.set(kind, colours.size % colourCount)
  }
  return colours
}

const knownStatuses: Readonly<Record<string, number>> = {
  leader: 0,
  follower: 1,
  candidate: 2,
  learner: 3,
  witness: 4
}

/** A colour for each first word of a status: the usual ones always have the same. */
export const statusColours = (labels: ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const colours = new Map<string, number>()
  let next = Object.keys(knownStatuses).length
  for (const label of labels) {
    const word = statusWord(label)
    if (!colours.has(word)) colours.set(word, (knownStatuses[word] ?? next++) % colourCount)
  }
  return colours
}

export const statusWord = (label: string): string => (label.split(" ")[0] ?? label).toLowerCase()
