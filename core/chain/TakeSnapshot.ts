import { type ChainState, nextRequest } from "./ChainState.ts"
import { positionAfter } from "./BlockTree.ts"

/**
 * Has a snapshot taken once enough was applied since the last one, or at a person's word (Raft thesis 5.1).
 *
 * **Details**
 *
 * The application's state is that of the commit marker, since the request comes right behind what it covers.
 */
export const takeIfDue = (state: ChainState): void => {
  const { commit, settings, taking } = state
  const due = settings.snapshotBytes > 0 && state.applied >= settings.snapshotBytes
  if (taking !== undefined || !(due || state.snapshotWanted)) return
  const { block, configuration } = commit
  state.snapshotWanted = false
  state.applied = 0
  if (block.id.counter <= (state.kept?.snapshot.block.counter ?? 0)) return
  const snapshot = { block: block.id, position: positionAfter(commit), configuration }
  const request = nextRequest(state)
  state.taking = { request, snapshot }
  state.outputs.push({ _tag: "TakeSnapshot", request, snapshot })
}
