import type { TraceEvent } from "./TraceEvent.ts"

/** A message's way, by the numbers of events: `end` is missing while it is on its way. */
export interface Passage {
  readonly sent: number
  readonly end: number | undefined
}

/** What of a run follows from what, by the numbers of its events. */
export interface Causes {
  /** The event that led to each, where that can be told. */
  readonly causes: ReadonlyArray<number | undefined>
  readonly passages: ReadonlyArray<Passage>
  /**
   * Events that say again what another does, and which: the input that a message is, the output that sends it, and the
   * time that is told before another input.
   */
  readonly echoes: ReadonlyMap<number, number>
}

/** What is known of a node while its events are gone through. */
interface Thread {
  last: number | undefined
  input: number | undefined
  /** What may lead to the next input. */
  reason: number | undefined
  readonly outputs: Map<string, number>
}

/** An input that only tells the time follows from nothing. */
const tick = /^tick\b/i

/**
 * Tells what led to each event of a run.
 *
 * **Details**
 *
 * An arrival or a loss follows from the sending; an input from what happened at the same time on its node just before it
 * (an arrival, an effect, a start); an output, and what is sent, from the node's last input; an effect from the output of
 * the same name. A trace that begins in the middle has arrivals without a sending: they have no cause.
 */
export const causesOf = (events: ReadonlyArray<TraceEvent>): Causes => {
  const causes: Array<number | undefined> = []
  const passages: Array<Passage> = []
  const echoes = new Map<number, number>()
  const sends = new Map<number, number>()
  const ended = new Set<number>()
  const threads = new Map<string, Thread>()
  const threadOf = (node: string): Thread => {
    const known = threads.get(node)
    if (known !== undefined) return known
    const made: Thread = { last: undefined, input: undefined, reason: undefined, outputs: new Map() }
    threads.set(node, made)
    return made
  }
  const causeOf = (event: TraceEvent, index: number, thread: Thread): number | undefined => {
    const { at, kind, message, what } = event
    switch (kind) {
      case "deliver":
      case "drop": {
        const sent = message === undefined ? undefined : sends.get(message)
        if (sent === undefined) return undefined
        passages.push({ sent, end: index })
        ended.add(sent)
        return sent
      }
      case "send": {
        if (message !== undefined) sends.set(message, index)
        if (thread.last !== undefined && events[thread.last]?.kind === "output") echoes.set(thread.last, index)
        return thread.input
      }
      case "input": {
        const { last, reason } = thread
        const before = last === undefined ? undefined : events[last]
        if (last !== undefined && before?.kind === "input" && before.at === at && tick.test(before.what)) {
          echoes.set(last, index)
        }
        if (reason === undefined || events[reason]?.at !== at || tick.test(what)) return undefined
        if (events[reason]?.kind === "deliver") echoes.set(index, reason)
        thread.reason = undefined
        return reason
      }
      case "output":
        return thread.input
      case "effect":
        return thread.outputs.get(what) ?? thread.input
      default:
        return undefined
    }
  }
  for (const [index, event] of events.entries()) {
    const { kind, node, what } = event
    const thread = threadOf(node)
    causes.push(causeOf(event, index, thread))
    thread.last = index
    if (kind === "input") thread.input = index
    else if (kind === "output") thread.outputs.set(what, index)
    else if (kind === "deliver" || kind === "effect" || kind === "start") thread.reason = index
  }
  for (const sent of sends.values()) if (!ended.has(sent)) passages.push({ sent, end: undefined })
  return { causes, passages, echoes }
}
