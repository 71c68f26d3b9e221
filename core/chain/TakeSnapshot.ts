import { heldByBlock } from "./Block.ts"
import { moveBase, pathAt, positionAfter, rootOf } from "./BlockTree.ts"
import { type ChainState, type Kept, nextRequest } from "./ChainState.ts"
import { answersLately, type Progress } from "./Progress.ts"

/** So many times `snapshotBytes` are applied at most before the next snapshot takes the one away that is being sent. */
const patience = 8

const isThere = ({ now, settings }: ChainState, progress: Progress): boolean =>
  answersLately(progress, now, settings.electionMs)

/** Whether a follower that is there gets the newest snapshot, and would have to begin anew with another one. */
const isBeingSent = (state: ChainState): boolean => {
  for (const progress of state.lead?.progress ?? []) {
    if (progress.sending !== undefined && isThere(state, progress)) return true
  }
  return false
}

/** Whether so much was applied since the last snapshot that another one is due. */
const isDue = (state: ChainState): boolean => {
  const { applied } = state
  const { snapshotBytes } = state.settings
  if (snapshotBytes === 0 || applied < snapshotBytes) return false
  return applied >= patience * snapshotBytes || !isBeingSent(state)
}

/**
 * Has a snapshot taken once enough was applied since the last one, or at a person's word (Raft thesis 5.1).
 *
 * **Details**
 *
 * The application's state is that of the commit marker, since the request comes right behind what it covers. One is taken
 * at a time, and none while another node's takes the application's place, nor while a node that joins has not come to the
 * block that says who the members are. One that is being sent is left in place for a while, or a slow follower would begin
 * anew with each.
 */
export const takeIfDue = (state: ChainState): void => {
  const { commit, incoming, taking } = state
  if (taking !== undefined || incoming?.installing === true || !(state.snapshotWanted || isDue(state))) return
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

/** How far blocks are kept below a snapshot, if nobody needs them: `keepBlocks`, or as many as `snapshotBytes` have room for. */
const lowestSpare = ({ settings, tree }: ChainState, height: number): number => {
  const { keepBlocks, snapshotBytes } = settings
  const lowest = Math.max(tree.base, height - keepBlocks)
  let held = 0
  for (let low = height; low > lowest; low--) {
    held += heldByBlock(pathAt(tree, low).block)
    if (snapshotBytes > 0 && held > snapshotBytes) return low
  }
  return lowest
}

/** How far the followers have got that are there and have all that the snapshot before covers: blocks will do for them. */
const lowestNeeded = (state: ChainState, height: number, before: Kept | undefined): number => {
  let lowest = height
  if (state.lead === undefined || before === undefined) return lowest
  for (const progress of state.lead.progress) {
    const { match, mode } = progress
    if (mode === "Snapshot" || match < before.snapshot.block.counter || !isThere(state, progress)) continue
    lowest = Math.min(lowest, match)
  }
  return lowest
}

/**
 * A snapshot is taken: blocks further than `keepBlocks` below it are forgotten.
 *
 * **Details**
 *
 * Those that a follower still needs stay, if it has all that the snapshot before covers: it may just have got that one.
 * What a snapshot covers is on the disk with it. If a later one was installed meanwhile, that one stays (bug B7).
 */
export const taken = (state: ChainState, request: number, size: number): void => {
  const { lead, taking, tree } = state
  if (taking === undefined || taking.request !== request) return
  state.taking = undefined
  const { snapshot } = taking
  if (snapshot.block.counter <= (state.kept?.snapshot.block.counter ?? 0)) return
  const { counter } = snapshot.block
  const height = Math.min(lowestSpare(state, counter), lowestNeeded(state, counter, state.kept))
  state.kept = { snapshot, size }
  if (lead !== undefined) lead.durable = Math.max(lead.durable, snapshot.block.counter)
  if (height <= tree.base) return
  moveBase(tree, height)
  state.outputs.push({ _tag: "Forget", through: rootOf(tree).block.id })
  if (lead === undefined) return
  for (const progress of lead.progress) if (progress.next <= tree.base) progress.mode = "Snapshot"
  lead.flush = true
}
