import type { JournalHead } from "../../core/ports/index.ts"

/** Over how many partitions the heads of a topic are spread. */
export const headSegments = 10_000

/** Over how many they were spread by old versions of kafka-journal, which left them there. */
export const oldHeadSegments = 100

/** The number of events of a segment where nothing else is said, as in kafka-journal. */
export const defaultSegmentSize = 10_000

/** How many segments of a journal in a row may have no event: who looks for events looks no further. */
export const emptySegments = 1000

/** How kafka-journal hashes an id: Java's hash code of its lower-case form. */
const hashOf = (id: string): number => {
  const lower = id.toLowerCase()
  let hash = 0
  for (let at = 0; at < lower.length; at++) hash = (Math.imul(31, hash) + lower.charCodeAt(at)) | 0
  return hash
}

/** In which of `segments` partitions the head of a journal is. */
export const headSegmentOf = (id: string, segments: number): number => Math.abs(hashOf(id) % segments)

/** In which segment of its journal an event is; the remainder is taken off first, so that no rounding is in it. */
export const segmentOf = (seqNr: number, segmentSize: number): number => {
  const before = seqNr - 1
  return (before - (before % segmentSize)) / segmentSize
}

/**
 * Where a journal keeps its rows: how many events a segment has, which is settled when the journal begins, and over how
 * many partitions the heads are spread among which its own is.
 */
export interface Layout {
  readonly segmentSize: number
  readonly headSegments: number
}

/** The layout as the note that a head carries. */
export const layoutNote = ({ headSegments: heads, segmentSize }: Layout): string => `${segmentSize}/${heads}`

/** The layout that a head's note tells; `undefined` where there is none. */
export const layoutOf = (head: JournalHead | undefined): Layout | undefined => {
  const [, size, heads] = /^([0-9]+)\/([0-9]+)$/.exec(head?.layout ?? "") ?? []
  return size === undefined ? undefined : { segmentSize: Number(size), headSegments: Number(heads) }
}
