import { type ChainState, configurationOf, type Leadership, nextRequest } from "./ChainState.ts"
import { send } from "./Hold.ts"
import type { Message } from "./Message.ts"
import type { Progress, Sending } from "./Progress.ts"
import { nextRound, restart, verified } from "./Replication.ts"
import { isWithheldFrom } from "./Withheld.ts"

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
  progress.sending = { snapshot: kept.snapshot, size, offset: 0, request: 0, sentAt: state.now }
  readOn(state, lead, progress, progress.sending)
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
  sending.request = 0
  progress.since = nextRound(state, lead)
  sending.sentAt = state.now
  const round = progress.since
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

/** Sends again what has not been answered for a heartbeat interval. */
export const repeatChunks = (state: ChainState, lead: Leadership): void => {
  for (const progress of lead.progress) {
    const { sending } = progress
    if (sending === undefined || sending.request !== 0) continue
    if (state.now - sending.sentAt >= state.settings.heartbeatMs) readOn(state, lead, progress, sending)
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
  readOn(state, lead, progress, sending)
  return false
}
