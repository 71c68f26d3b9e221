import { sameBlock } from "./Block.ts"
import { addBlock, findBlock, makeTree, pathAt, rootEntry } from "./BlockTree.ts"
import { genesis } from "./Block.ts"
import type { ChainSettings, Durable } from "./ChainSettings.ts"
import { type ChainState, firstNumber } from "./ChainState.ts"
import { makeDice } from "./Dice.ts"
import { noRequests } from "./Requests.ts"

/**
 * Builds a node from what is on its disk, at its first start and at every restart.
 *
 * **Details**
 *
 * Blocks that a snapshot covers, and those on branches that ended below it, are passed over. The head is the greatest
 * block, never the commit marker: nothing that was acknowledged is forgotten. The first step applies what lies between
 * the snapshot and the commit marker that was written. A snapshot may be of a later term than the last ballot: its term is
 * then the first thing that is written. `seed` is a whole number, and another one at each start.
 */
export const start = (settings: ChainSettings, durable: Durable, seed: number): ChainState => {
  const { snapshot } = durable
  const root =
    snapshot === undefined
      ? rootEntry(genesis, 0, durable.initial)
      : rootEntry(snapshot.block, snapshot.position, snapshot.configuration)
  root.withheld = snapshot?.size === 0
  const tree = makeTree(root)
  for (const block of durable.blocks) {
    const parent = findBlock(tree, block.parent)
    if (parent !== undefined && findBlock(tree, block.id) === undefined) addBlock(tree, block, parent, 0)
  }
  const term = Math.max(durable.term, tree.head.block.id.term)
  const raised = term > durable.term
  const recovered = findBlock(tree, durable.commit)
  const known = recovered !== undefined && sameBlock(pathAt(tree, durable.commit.counter).block.id, durable.commit)
  return {
    settings,
    incarnation: durable.incarnation,
    dice: makeDice(seed, settings.id),
    outputs: [],
    now: 0,
    started: false,
    stopped: false,
    announced: undefined,
    term,
    vote: raised ? 0 : durable.vote,
    tree,
    commit: root,
    recovered: known ? durable.commit : root.block.id,
    writes: { issued: 0, durable: 0, ballot: raised ? 1 : 0, dirty: raised, blocks: [], held: [] },
    leader: 0,
    heardFrom: 0,
    heardAt: -settings.electionMs,
    patience: settings.electionMs,
    electionAt: 0,
    campaign: undefined,
    lead: undefined,
    requests: noRequests(),
    requestNumber: firstNumber(makeDice(seed, -settings.id)),
    parked: [],
    parkedBytes: 0,
    sent: new Map(),
    expected: [],
    reads: [],
    asked: undefined,
    waitingReads: [],
    kept: snapshot === undefined ? undefined : { snapshot, size: snapshot.size },
    taking: undefined,
    snapshotWanted: false,
    applied: 0,
    incoming: undefined
  }
}
