import { describe as draw, heldBlocks, showBlock } from "../../../chain/index.ts"
import { nodeOf } from "./Arguments.ts"
import { ScriptError } from "./ScriptError.ts"
import { showContent, showNode } from "./Show.ts"
import { nodesOf, reject, type ScriptNode, type World } from "./World.ts"

const word = (world: World, text: string): void => {
  world.happenings.push({ _tag: "Word", text })
}

/** `status`: every node on a line. */
export const status = (world: World): void => {
  for (const node of nodesOf(world)) word(world, `${showNode(node.id)}: ${lineOf(world, node)}`)
}

const lineOf = (world: World, node: ScriptNode): string => {
  if (node.state === undefined) return "down"
  const { commit, head, stopped, vote } = world.machine.status(node.state)
  return [
    stopped ? "stopped" : node.role,
    vote === 0 ? "no vote" : `vote ${showNode(vote)}`,
    `head ${showBlock(head)}`,
    `commit ${showBlock(commit)}`,
    `applied ${node.sessions.state.join(" ") || "nothing"}`
  ].join(", ")
}

/** `describe n1`: all about a node, with its blocks. */
export const describe = (world: World, words: ReadonlyArray<string>): void => {
  const { state } = nodeOf(world, words[0])
  if (state === undefined) return reject(world, "it is down")
  for (const line of draw(state).split("\n")) word(world, line)
}

/** `tree n1`: the blocks of a node, with what they say. */
export const tree = (world: World, words: ReadonlyArray<string>): void => {
  const { state } = nodeOf(world, words[0])
  if (state === undefined) return reject(world, "it is down")
  const contents = new Map(heldBlocks(state).map(({ block }) => [showBlock(block.id), showContent(block)]))
  const lines = draw(state).split("\n")
  const root = `${showBlock(world.machine.status(state).base)} after `
  for (const line of lines.slice(lines.findLastIndex((each) => each.startsWith(root)))) {
    word(world, withContent(line, contents))
  }
}

/** A line of the drawing with what the block says in full. */
const withContent = (line: string, contents: ReadonlyMap<string, string>): string =>
  line.replace(/(t\d+\.\d+) (?!after ).*?( <- .*)?$/, (whole, name: string, marks: string | undefined) => {
    const content = contents.get(name)
    return content === undefined ? whole : `${content}${marks ?? ""}`
  })

/** `clock n1`: how long it is until its next alarm. */
export const clock = (world: World, words: ReadonlyArray<string>): void => {
  const node = nodeOf(world, words[0])
  const at = node.state === undefined ? undefined : world.machine.chain.wakeAt(node.state)
  word(world, `${showNode(node.id)}: ${at === undefined ? "no alarm" : `next alarm in ${at - node.clock} ms`}`)
}

/** `applied n1`: the commands that the application of a node has seen. */
export const applied = (world: World, words: ReadonlyArray<string>): void => {
  const node = nodeOf(world, words[0])
  word(world, `${showNode(node.id)}: ${node.sessions.state.join(" ") || "nothing"}`)
}

/**
 * `expect n1 leader|follower|candidate|stopped`, `expect n1 head|commit|term|applied …`, `expect agree`: what must be so,
 * also when the expectations of the script are written anew.
 */
export const expect = (world: World, words: ReadonlyArray<string>): void => {
  const fail = (detail: string): never => {
    throw new ScriptError({ reason: "Expectation", command: world.command, detail })
  }
  if (words[0] === "agree") return expectAgreement(world, fail)
  const node = nodeOf(world, words[0])
  if (node.state === undefined) return words[1] === "down" ? undefined : fail(`${showNode(node.id)} is down`)
  const { commit, head, role, stopped, term } = world.machine.status(node.state)
  const facts: Readonly<Record<string, string>> = {
    head: showBlock(head),
    commit: showBlock(commit),
    term: `t${term}`,
    applied: node.sessions.state.join(" ") || "nothing"
  }
  const [, what = "", ...rest] = words
  const fact = facts[what]
  const is = stopped ? "stopped" : role.toLowerCase()
  if (fact === undefined) return is === what ? undefined : fail(`${showNode(node.id)} is ${is}`)
  if (fact !== rest.join(" ")) fail(`${showNode(node.id)} has ${what} ${fact}`)
}

const expectAgreement = (world: World, fail: (detail: string) => never): void => {
  let longest: ReadonlyArray<string> = []
  for (const { sessions } of nodesOf(world)) if (sessions.state.length > longest.length) longest = sessions.state
  for (const { id, sessions } of nodesOf(world)) {
    if (sessions.state.some((text, at) => text !== longest[at])) {
      fail(`${showNode(id)} has applied ${sessions.state.join(" ")} and another node ${longest.join(" ")}`)
    }
  }
}
