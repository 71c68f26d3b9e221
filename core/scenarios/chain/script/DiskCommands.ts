import { nodeOf, numberOf, type Words, wordsOf } from "./Arguments.ts"
import { failWork, finishWork, workKinds } from "./Work.ts"
import { type DiskWork, reject, type ScriptNode, type World } from "./World.ts"

/** The request that a command names: by its kind, and by `nth` among those of the kind. */
const choose = (
  world: World,
  node: ScriptNode,
  kind: DiskWork["_tag"] | undefined,
  named?: Words["named"]
): DiskWork => {
  const found = node.work.filter(({ _tag }) => kind === undefined || _tag === kind)
  const nth = named?.has("nth") === true ? numberOf(world, named.get("nth"), "nth") : 1
  return found[nth - 1] ?? reject(world, "its disk has nothing to do")
}

/** `persisted n1 [2]`: the first write is on the disk, and the node is told. */
export const persisted = (world: World, words: ReadonlyArray<string>): void => {
  const node = nodeOf(world, words[0])
  const times = words[1] === undefined ? 1 : numberOf(world, words[1], "a number of writes")
  for (let count = 0; count < times; count++) finishWork(world, node, choose(world, node, "Persist"))
}

/** `sync n1`: all that the node asked of its disk is done, also what comes of that. */
export const sync = (world: World, words: ReadonlyArray<string>): void => {
  const node = nodeOf(world, words[0])
  for (let work = node.work[0]; work !== undefined; work = node.work[0]) finishWork(world, node, work)
}

/** `done n1 take|read|arrive|install|write [nth=2] [size=29]`: a request of this kind is done. */
export const done = (world: World, words: ReadonlyArray<string>): void => {
  const { named, plain } = wordsOf(words)
  const node = nodeOf(world, plain[0])
  const size = named.has("size") ? numberOf(world, named.get("size"), "size") : undefined
  finishWork(world, node, choose(world, node, kindOf(world, plain[1]), named), size)
}

/** `fails n1 [write|take|…] [nth=2]`: the first request, or one of this kind, fails. */
export const fails = (world: World, words: ReadonlyArray<string>): void => {
  const { named, plain } = wordsOf(words)
  const node = nodeOf(world, plain[0])
  failWork(world, node, choose(world, node, plain[1] === undefined ? undefined : kindOf(world, plain[1]), named))
}

/** `persist-fails n1`: the first write fails. */
export const persistFails = (world: World, words: ReadonlyArray<string>): void => {
  const node = nodeOf(world, words[0])
  failWork(world, node, choose(world, node, "Persist"))
}

const kindOf = (world: World, word: string | undefined): DiskWork["_tag"] =>
  workKinds[word ?? ""] ?? reject(world, "the kinds are write, take, read, arrive and install")
