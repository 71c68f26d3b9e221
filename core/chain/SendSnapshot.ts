import { type ChainState, configurationOf, type Leadership, nextRequest } from "./ChainState.ts"
import { send } from "./Hold.ts"
import type { Message } from "./Message.ts"
import type { Progress, Sending } from "./Progress.ts"
import { nextRound, restart, verified } from "./Replication.ts"
import { isWithheldFrom } from "./Withheld.ts"

/** After so many election time-outs without an answer at the latest bytes are sent again. */
const longestWait = 4

/** Begins to send the newest snapshot to every follower that needs one. */
export const sendSnapshots = (state: ChainState, lead: Leadership): void => {
  for (const progress of lead.progress) {
    if (progress.mode === "Snapshot" && progress.sending === undefined) begin(state, lead, progress)
  }
}

const begin = (state: ChainState, lead: Leadership, progress: Progress): void => {
  const { kept } = state
  if (kept === undefined) return
  const size = isWithheldFrom(configurationOf(state), kept.snapshot.configuration, progress.id) ? 0 : kept.size
  const { now, settings } = state
  progress.sending = {
    snapshot: kept.snapshot,
    size,
    offset: 0,
    request: 0,
    begunAt: now,
    sentAt: now,
    waitMs: settings.heartbeatMs
  }
  goOn(state, lead, progress, progress.sending)
}

/** The first time that these bytes are sent. Answers to any of the times count; those to what was sent before do not. */
const goOn = (state: ChainState, lead: Leadership, progress: Progress, sending: Sending): void => {
  progress.since = lead.round + 1
  sending.begunAt = state.now
  readOn(state, lead, progress, sending)
}

/** Reads the next bytes; a witness gets none, only the snapshot's name. */
const readOn = (state: ChainState, lead: Leadership, progress: Progress, sending: Sending): void => {
  const { offset, size, snapshot } = sending
  const length = Math.min(state.settings.chunkBytes, size - offset)
  if (length === 0) {
    sendChunk(state, lead, progress, sending, new Uint8Array(0))
    return
  }
  sending.request = nextRequest(state)
  state.outputs.push({ _tag: "ReadSnapshot", request: sending.request, snapshot, offset, length })
}

const sendChunk = (
  state: ChainState,
  lead: Leadership,
  progress: Progress,
  sending: Sending,
  bytes: Uint8Array
): void => {
  const { offset, size, snapshot } = sending
  const round = nextRound(state, lead)
  sending.request = 0
  sending.sentAt = state.now
  send(state, progress.id, { _tag: "Snapshot", term: state.term, round, snapshot, size, offset, bytes })
}

/** Bytes were read for one of the followers, unless it needs them no more. */
export const onSnapshotRead = (state: ChainState, request: number, bytes: Uint8Array): void => {
  const { lead } = state
  if (lead === undefined) return
  for (const progress of lead.progress) {
    if (progress.sending?.request === request) sendChunk(state, lead, progress, progress.sending, bytes)
  }
}

/** The snapshot cannot be read, perhaps because a newer one has its place: the next heartbeat begins anew. */
export const onReadFailed = (state: ChainState, request: number): void => {
  for (const progress of state.lead?.progress ?? []) {
    if (progress.sending?.request === request) progress.sending = undefined
  }
}

/**
 * Sends again what has not been answered for longer than answers take.
 *
 * **Details**
 *
 * That is a heartbeat interval at first, then twice as long as the last answer has taken, and twice as long each time: on
 * a slow way what is sent again stands in line before all else, heartbeats too. Who comes back after a silence gets it soon.
 */
export const repeatChunks = (state: ChainState, lead: Leadership): void => {
  for (const progress of lead.progress) {
    const { sending } = progress
    if (sending === undefined || sending.request !== 0) continue
    if (state.now - sending.sentAt < sending.waitMs) continue
    sending.waitMs = Math.min(2 * sending.waitMs, longestWait * state.settings.electionMs)
    readOn(state, lead, progress, sending)
  }
}

/**
 * A follower says which byte of the snapshot it wants next, or that it needs no more (Raft thesis 5.3).
 *
 * **Details**
 *
 * Once it has the snapshot, or had what it covers, blocks follow. Gives whether `match` moved.
 */
export const onSnapshotReply = (
  state: ChainState,
  lead: Leadership,
  progress: Progress,
  message: Message & { readonly _tag: "SnapshotReply" }
): boolean => {
  const { sending } = progress
  if (message.installed) {
    const moved = verified(state, progress, message.block.counter)
    if (progress.mode === "Snapshot") {
      restart(state, lead, progress, progress.match)
      lead.flush = true
    }
    return moved
  }
  if (sending === undefined || sending.request !== 0 || message.round < progress.since) return false
  if (message.block.counter !== sending.snapshot.block.counter || message.offset === sending.offset) return false
  sending.offset = Math.min(message.offset, sending.size)
  const { electionMs, heartbeatMs } = state.settings
  sending.waitMs = Math.min(Math.max(heartbeatMs, 2 * (state.now - sending.begunAt)), longestWait * electionMs)
  goOn(state, lead, progress, sending)
  return false
}
