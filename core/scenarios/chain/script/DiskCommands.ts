import { nodeOf, numberOf } from "./Arguments.ts"
import { failWork, finishWork } from "./Work.ts"
import { type DiskWork, reject, type ScriptNode, type World } from "./World.ts"

const first = (world: World, node: ScriptNode, kind: DiskWork["_tag"] | undefined): DiskWork =>
  node.work.find(({ _tag }) => kind === undefined || _tag === kind) ?? reject(world, "its disk has nothing to do")

const kinds: Readonly<Record<string, DiskWork["_tag"]>> = {
  write: "Persist",
  take: "TakeSnapshot",
  read: "ReadSnapshot",
  arrive: "WriteSnapshot",
  install: "InstallSnapshot"
}

/** `persisted n1 [2]`: the first write is on the disk, and the node is told. */
export const persisted = (world: World, words: ReadonlyArray<string>): void => {
  const node = nodeOf(world, words[0])
  const times = words[1] === undefined ? 1 : numberOf(world, words[1], "a number of writes")
  for (let count = 0; count < times; count++) finishWork(world, node, first(world, node, "Persist"))
}

/** `sync n1`: all that the node asked of its disk is done, also what comes of that. */
export const sync = (world: World, words: ReadonlyArray<string>): void => {
  const node = nodeOf(world, words[0])
  for (let work = node.work[0]; work !== undefined; work = node.work[0]) finishWork(world, node, work)
}

/** `done n1 take|read|arrive|install|write`: the first request of this kind is done. */
export const done = (world: World, words: ReadonlyArray<string>): void => {
  const node = nodeOf(world, words[0])
  finishWork(world, node, first(world, node, kindOf(world, words[1])))
}

/** `fails n1 [write|take|…]`: the first request, or the first of this kind, fails. */
export const fails = (world: World, words: ReadonlyArray<string>): void => {
  const node = nodeOf(world, words[0])
  failWork(world, node, first(world, node, words[1] === undefined ? undefined : kindOf(world, words[1])))
}

/** `persist-fails n1`: the first write fails. */
export const persistFails = (world: World, words: ReadonlyArray<string>): void => {
  const node = nodeOf(world, words[0])
  failWork(world, node, first(world, node, "Persist"))
}

const kindOf = (world: World, word: string | undefined): DiskWork["_tag"] =>
  kinds[word ?? ""] ?? reject(world, "the kinds are write, take, read, arrive and install")
