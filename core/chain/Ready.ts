import type { ChainState } from "./ChainState.ts"
import { finish, type ReadRequest } from "./Requests.ts"

/** Answers reads from the application as it is now. */
export const ready = (state: ChainState, requests: ReadonlyArray<ReadRequest>): void => {
  for (const request of requests) {
    if (request.done) continue
    finish(state, request)
    state.outputs.push({ _tag: "Ready", id: request.id, block: state.commit.block.id })
  }
}

/** Answers the reads that waited for the commit marker. */
export const readyReads = (state: ChainState): void => {
  if (state.waitingReads.length === 0) return
  const { counter } = state.commit.block.id
  const { waitingReads } = state
  state.waitingReads = waitingReads.filter((waiting) => waiting.counter > counter)
  for (const waiting of waitingReads) if (waiting.counter <= counter) ready(state, waiting.requests)
}
