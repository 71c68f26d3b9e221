import type { ChainInput } from "../../../chain/index.ts"
import { feed, note, recoverSessions } from "./Feed.ts"
import type { DiskWork, ScriptNode, World } from "./World.ts"

/** Does what a node asked of its disk, and tells it. */
export const finishWork = (world: World, node: ScriptNode, work: DiskWork): void => {
  node.work = node.work.filter((each) => each !== work)
  doWork(world, node, work)
  feed(world, node, answerTo(node, work))
  if (work._tag === "InstallSnapshot") note(world, node, `the snapshot is in place`, true)
}

/** Does it without a word to the node, as when it crashes right behind it. */
export const doWork = (world: World, node: ScriptNode, work: DiskWork): void => {
  const { disk } = node
  switch (work._tag) {
    case "Persist": {
      const { blocks, commit, term, vote } = work
      disk.durable = { ...disk.durable, term, vote, commit, blocks: [...disk.durable.blocks, ...blocks] }
      return
    }
    case "TakeSnapshot": {
      const frozen = node.frozen.find(({ request }) => request === work.request)
      node.frozen = node.frozen.filter(({ request }) => request !== work.request)
      // The newest snapshot counts: an older one that is done late changes nothing.
      if ((disk.durable.snapshot?.block.counter ?? 0) >= work.snapshot.block.counter) return
      disk.snapshot = frozen?.bytes ?? new Uint8Array(0)
      disk.durable = { ...disk.durable, snapshot: { ...work.snapshot, size: disk.snapshot.length } }
      return
    }
    case "ReadSnapshot":
      return
    case "WriteSnapshot": {
      const kept = work.offset === 0 ? new Uint8Array(0) : disk.aside
      disk.aside = new Uint8Array(work.offset + work.bytes.length)
      disk.aside.set(kept.subarray(0, work.offset))
      disk.aside.set(work.bytes, work.offset)
      return
    }
    case "InstallSnapshot":
      disk.snapshot = disk.aside
      disk.durable = { ...disk.durable, snapshot: { ...work.snapshot, size: disk.snapshot.length } }
      node.sessions = recoverSessions(world, node)
      node.applied = work.snapshot.block
      return
  }
}

const answerTo = (node: ScriptNode, work: DiskWork): ChainInput => {
  switch (work._tag) {
    case "Persist":
      return { _tag: "Persisted", write: work.write }
    case "TakeSnapshot":
      return { _tag: "SnapshotTaken", request: work.request, size: node.disk.snapshot.length }
    case "ReadSnapshot": {
      const { length, offset, request } = work
      return { _tag: "SnapshotRead", request, bytes: node.disk.snapshot.slice(offset, offset + length) }
    }
    case "WriteSnapshot":
      return { _tag: "SnapshotWritten", request: work.request }
    case "InstallSnapshot":
      return { _tag: "SnapshotInstalled", request: work.request }
  }
}

/** The disk says that it cannot. */
export const failWork = (world: World, node: ScriptNode, work: DiskWork): void => {
  node.work = node.work.filter((each) => each !== work)
  const detail = "the disk fails"
  const failed: ChainInput =
    work._tag === "Persist"
      ? { _tag: "PersistFailed", write: work.write, detail }
      : { _tag: "SnapshotFailed", request: work.request, detail }
  feed(world, node, failed)
}
