import { decodeUtf8 } from "../../../bytes/index.ts"
import { commandsOf, idOf, idsOf, membersOf, nodeOf, numberOf, type Words, wordsOf } from "./Arguments.ts"
import { feed } from "./Feed.ts"
import { noteRead } from "./Promises.ts"
import { reject, type ScriptNode, type World } from "./World.ts"

/** `within=500` by the node's clock; one that is over already is below 0. */
const deadlineOf = (world: World, node: ScriptNode, named: Words["named"]): number => {
  const within = named.get("within")
  if (within === undefined) return node.clock + 1_000_000_000
  return node.clock + (within.startsWith("-") ? -1 : 1) * numberOf(world, within.replace("-", ""), "within")
}

/** A number for a request, by which its answer is shown again. */
const enter = (world: World, node: ScriptNode, name: string): number => {
  const id = ++world.requests
  node.names.set(id, name)
  return id
}

/** `propose n1 a b [within=500]`: commands for one block; `s1.2:a` is the second of session 1, `open` opens one. */
export const propose = (world: World, words: ReadonlyArray<string>): void => {
  const { named, plain } = wordsOf(words)
  const node = nodeOf(world, plain[0])
  const commands = commandsOf(plain.slice(1))
  if (commands.length === 0) reject(world, "there is nothing to propose")
  const id = enter(world, node, plain.slice(1).join(" "))
  // What a session proposes may be proposed again elsewhere, and be done there.
  const single = commands.filter(({ sequence, session }) => session === 0 && sequence === 0)
  const proposed = single.map(({ payload }) => decodeUtf8(payload))
  for (const text of proposed) world.history.refused.delete(text)
  node.proposed.set(id, proposed)
  feed(world, node, { _tag: "Propose", id, commands, deadline: deadlineOf(world, node, named) })
}

/** `read n1 r1 [within=500]`. */
export const read = (world: World, words: ReadonlyArray<string>): void => {
  const { named, plain } = wordsOf(words)
  const node = nodeOf(world, plain[0])
  const name = plain[1] ?? reject(world, "a read needs a name")
  const id = enter(world, node, name)
  noteRead(world, node, name)
  feed(world, node, { _tag: "Read", id, deadline: deadlineOf(world, node, named) })
}

/** `members n1 n1,n2,n4 [learner=n5] [witness=n6] [priority=n1:2] [within=500]`: the node is asked to change them. */
export const members = (world: World, words: ReadonlyArray<string>): void => {
  const { named, plain } = wordsOf(words)
  const node = nodeOf(world, plain[0])
  const target = membersOf(world, idsOf(world, plain[1] ?? ""), named, 0)
  const id = enter(world, node, `members ${words.slice(1).join(" ")}`)
  feed(world, node, { _tag: "ChangeMembers", id, members: target, deadline: deadlineOf(world, node, named) })
}

/** `transfer n1 n2 [within=500]`: n1 is asked to let n2 lead. */
export const transfer = (world: World, words: ReadonlyArray<string>): void => {
  const { named, plain } = wordsOf(words)
  const node = nodeOf(world, plain[0])
  const to = idOf(world, plain[1])
  const id = enter(world, node, `transfer to n${to}`)
  feed(world, node, { _tag: "Transfer", id, to, deadline: deadlineOf(world, node, named) })
}

/** `snapshot n1`: a snapshot is taken although none is due. */
export const snapshot = (world: World, words: ReadonlyArray<string>): void =>
  feed(world, nodeOf(world, words[0]), { _tag: "TakeSnapshotNow" })
