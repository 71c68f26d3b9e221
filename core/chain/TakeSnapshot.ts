import { heldByBlock } from "./Block.ts"
import { moveBase, pathAt, positionAfter, rootOf } from "./BlockTree.ts"
import { type ChainState, nextRequest } from "./ChainState.ts"

/**
 * Has a snapshot taken once enough was applied since the last one, or at a person's word (Raft thesis 5.1).
 *
 * **Details**
 *
 * The application's state is that of the commit marker, since the request comes right behind what it covers. One is taken
 * at a time, and none while another node's takes the application's place, nor while a node that joins has not come to the
 * block that says who the members are.
 */
export const takeIfDue = (state: ChainState): void => {
  const { commit, incoming, settings, taking } = state
  const due = settings.snapshotBytes > 0 && state.applied >= settings.snapshotBytes
  if (taking !== undefined || incoming?.installing === true || !(due || state.snapshotWanted)) return
  const { block, configuration } = commit
  if (configuration.members.length === 0) return
  state.snapshotWanted = false
  state.applied = 0
  if (block.id.counter <= (state.kept?.snapshot.block.counter ?? 0)) return
  const snapshot = { block: block.id, position: positionAfter(commit), configuration }
  const request = nextRequest(state)
  state.taking = { request, snapshot }
  state.outputs.push({ _tag: "TakeSnapshot", request, snapshot })
}

/** The height above which blocks are kept: `keepBlocks` below the snapshot's, or as many as take no more than `snapshotBytes`. */
const lowestKept = ({ settings, tree }: ChainState, height: number): number => {
  const { keepBlocks, snapshotBytes } = settings
  const lowest = Math.max(tree.base, height - keepBlocks)
  let held = 0
  for (let low = height; low > lowest; low--) {
    held += heldByBlock(pathAt(tree, low).block)
    if (snapshotBytes > 0 && held > snapshotBytes) return low
  }
  return lowest
}

/**
 * A snapshot is taken: blocks further than `keepBlocks` below it are forgotten.
 *
 * **Details**
 *
 * What it covers is on the disk with it. If a later one was installed meanwhile, that one stays (bug B7).
 */
export const taken = (state: ChainState, request: number, size: number): void => {
  const { lead, taking, tree } = state
  if (taking === undefined || taking.request !== request) return
  state.taking = undefined
  const { snapshot } = taking
  if (snapshot.block.counter <= (state.kept?.snapshot.block.counter ?? 0)) return
  state.kept = { snapshot, size }
  if (lead !== undefined) lead.durable = Math.max(lead.durable, snapshot.block.counter)
  const height = lowestKept(state, snapshot.block.counter)
  if (height <= tree.base) return
  moveBase(tree, height)
  state.outputs.push({ _tag: "Forget", through: rootOf(tree).block.id })
  if (lead === undefined) return
  for (const progress of lead.progress) if (progress.next <= tree.base) progress.mode = "Snapshot"
  lead.flush = true
}
