import type { Explanation } from "../../../../core/journal/index.ts"
import type { Payload } from "../../../../core/ports/index.ts"
import { CliOutput } from "../EffectCli.ts"

/** How wide a table is, in columns of a terminal. */
const width = 80

/** Cuts text that is wider than so many columns; what a terminal would take for a command is shown as a question mark. */
const fitted = (text: string, columns: number): string => {
  let shown = ""
  let used = 0
  for (const character of text.replace(/\p{Cc}/gu, "?")) {
    const columnsMore = CliOutput.displayWidth(character)
    if (used + columnsMore > columns) {
      while (CliOutput.displayWidth(shown) > columns - 1) shown = [...shown].slice(0, -1).join("")
      return `${shown}…`
    }
    shown += character
    used += columnsMore
  }
  return shown
}

const payloadText = (payload: Payload | undefined): string => {
  if (payload === undefined) return "-"
  return payload._tag === "Binary" ? `${payload.bytes.length} bytes` : payload.text.replace(/\s+/g, " ")
}

/** The explanation as one JSON object. */
export const explanationJson = (explanation: Explanation): string => {
  const { events, head, key, mark, partition, pointer, seam, state } = explanation
  return JSON.stringify({
    ...key,
    partition,
    mark,
    pointer: pointer ?? null,
    seam,
    head: head === undefined ? null : { offset: head.offset, seqNr: head.seqNr, deleteTo: head.deleteTo },
    seqNr: state?.seqNr ?? null,
    deleteTo: state?.deleteTo ?? null,
    events: events.map(({ offset, seqNr, source }) => ({ seqNr, offset, source }))
  })
}

/** The explanation as a table for a terminal of 80 columns. */
export const explanationTable = (explanation: Explanation): string => {
  const { events, head, key, mark, partition, pointer, seam, state } = explanation
  const place = `${key.topic}-${partition}`
  const gone = state === undefined || state.deleteTo === 0 ? "" : `, no events up to ${state.deleteTo}`
  const about = state === undefined ? "no journal" : `last number ${state.seqNr}${gone}`
  const row = (cells: readonly [string, string, string], payload: string): string => {
    const [seqNr, offset, source] = cells
    const start = `${seqNr.padStart(10)}  ${offset.padStart(10)}  ${source.padEnd(9)}`
    return `${start}${fitted(payload, width - start.length)}`.trimEnd()
  }
  const rows = events.map(({ offset, payload, seqNr, source }) =>
    row([String(seqNr), String(offset), source === "store" ? "yes" : "not yet"], payloadText(payload))
  )
  const heading = events.length === 0 ? [] : [row(["event", "log offset", "in store"], "payload")]
  const stored = head === undefined ? "nothing of this journal" : `events up to ${head.seqNr} of this journal`
  const name = `Journal ${JSON.stringify(key.id)} in ${place}`
  const titled = `${name}: ${about}`
  return [
    ...(CliOutput.displayWidth(titled) <= width ? [fitted(titled, width)] : [fitted(name, width), about]),
    ...heading,
    ...rows,
    fitted(
      `pointer  ${pointer ?? "none"}: ${pointer === undefined ? `nothing of ${place} is replicated` : `${place} is replicated up to there`}`,
      width
    ),
    fitted(`head     ${head?.offset ?? "none"}: the store has ${stored}`, width),
    fitted(`seam     ${seam}: below it the store is read, from it on the log`, width),
    fitted(`mark     ${mark}: the fence set by this command; the log is read up to it`, width)
  ].join("\n")
}
