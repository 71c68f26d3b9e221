import { encodeUtf8 } from "../../../bytes/index.ts"
import { openSession, plainCommand } from "../../../chain/index.ts"
import type { Command, Member, MemberRole, NodeId } from "../../../chain/index.ts"
import { makeMember, reject, type ScriptNode, type Selector, type World } from "./World.ts"

/** The words of a command: those in order, and those of the form `key=value`. */
export interface Words {
  readonly plain: ReadonlyArray<string>
  readonly named: ReadonlyMap<string, string>
}

/** Splits a command behind its name. */
export const wordsOf = (words: ReadonlyArray<string>): Words => {
  const plain: Array<string> = []
  const named = new Map<string, string>()
  for (const word of words) {
    const at = word.indexOf("=")
    if (at > 0) named.set(word.slice(0, at), word.slice(at + 1))
    else plain.push(word)
  }
  return { plain, named }
}

/** A whole number from 0 on. */
export const numberOf = (world: World, word: string | undefined, what: string): number => {
  if (word !== undefined && /^\d+$/.test(word)) return Number(word)
  return reject(world, `${what} is missing, or is no whole number`)
}

/** `n1` or `1`. */
export const idOf = (world: World, word: string | undefined): NodeId =>
  numberOf(world, word?.replace(/^n/, ""), "a node such as n1")

/** `n1,n2` or `1,2`. */
export const idsOf = (world: World, word: string): ReadonlyArray<NodeId> =>
  word === "" ? [] : word.split(",").map((each) => idOf(world, each))

/** The node of this name. */
export const nodeOf = (world: World, word: string | undefined): ScriptNode => {
  const id = idOf(world, word)
  return world.nodes.get(id) ?? reject(world, `there is no node n${id}`)
}

/** Members as in `n1,n2,n3 learner=n4 witness=n5 priority=n1:2,n2:1`. */
export const membersOf = (
  world: World,
  voters: ReadonlyArray<NodeId>,
  named: Words["named"],
  incarnation: number
): ReadonlyArray<Member> => {
  const priorities = new Map<NodeId, number>()
  for (const pair of named.get("priority")?.split(",") ?? []) {
    const [id, priority] = pair.split(":")
    priorities.set(idOf(world, id), numberOf(world, priority, "a priority such as n1:2"))
  }
  const lives = new Map<NodeId, number>()
  for (const pair of named.get("known")?.split(",") ?? []) {
    const [id, life] = pair.split(":")
    lives.set(idOf(world, id), numberOf(world, life, "an incarnation such as n1:2"))
  }
  const members: Array<Member> = []
  const add = (role: MemberRole, ids: ReadonlyArray<NodeId>): void => {
    for (const id of ids) members.push(makeMember(id, role, priorities.get(id) ?? 0, lives.get(id) ?? incarnation))
  }
  add("Voter", voters)
  add("Learner", idsOf(world, named.get("learner") ?? ""))
  add("Witness", idsOf(world, named.get("witness") ?? ""))
  return members.sort((a, b) => a.id - b.id)
}

/** Commands as texts: `a`, in a session `s1.2:a`, or `open`. */
export const commandsOf = (words: ReadonlyArray<string>): ReadonlyArray<Command> =>
  words.map((word) => {
    const session = /^s(\d+)\.(\d+):(.*)$/.exec(word)
    if (word === "open") return openSession
    if (session === null) return plainCommand(encodeUtf8(word).slice())
    const [, id, sequence, text] = session
    return { session: Number(id), sequence: Number(sequence), payload: encodeUtf8(text ?? "").slice() }
  })

/** `n1->n2`, where `*` stands for any node. */
export const linkOf = (world: World, word: string): Selector => {
  const [from, to] = word.split("->")
  const end = (name: string | undefined): NodeId => (name === "*" ? 0 : idOf(world, name))
  return { from: end(from), to: end(to), kind: undefined }
}

/**
 * `n1->n2 Append 2`: messages of a link, of a kind, and how many of them, or `last`, or `nth=3`. Without words everything
 * that is on its way.
 */
export const flightsOf = (world: World, words: ReadonlyArray<string>) => {
  const { named, plain } = wordsOf(words)
  const [link = "*->*", ...rest] = plain
  const kind = rest.find((word) => /^[A-Z]/.test(word))
  const count = rest.find((word) => /^\d+$/.test(word))
  const { from, to } = linkOf(world, link)
  return {
    selector: { from, to, kind },
    count: count === undefined ? Infinity : Number(count),
    last: rest.includes("last"),
    nth: named.has("nth") ? numberOf(world, named.get("nth"), "nth") : 0
  }
}
