import * as Effect from "effect/Effect"
import {
  type Applied,
  type ChainNode,
  KeyValues,
  type KeyValuesCommand,
  type KeyValuesState,
  type ProposalError,
  type ProposalRefusedReason
} from "../../../core/chain/index.ts"
import type { PeerStatus } from "../../../core/peers/index.ts"
import { memberOf, type NodeAddressInvalid, nodeAddress } from "../ChainNode.ts"
import { errorPage, jsonPage, type Page, type PageRequest, textPage } from "./Page.ts"
import { BadRequest, expectedOf, fieldsOf, isOn, keyOf, membersOf, timeoutOf, wholeNumber } from "./RequestParts.ts"
import { sessionPool } from "./SessionPool.ts"

/** A node that keeps keys and values. */
export type KeyValueNode = ChainNode<KeyValuesState>

type Failure = ProposalError | BadRequest | NodeAddressInvalid

/** How many keys `GET /keys` tells of. */
const maxListed = 1000

const statuses: Partial<Record<ProposalRefusedReason, number>> = {
  TooLarge: 413,
  BadChange: 409,
  ChangeUnderWay: 409,
  BadTimeLimit: 400
}

/** Why a request was not done: 503 may pass, and 504 says that it may have been done. */
const failurePage = (error: Failure): Page => {
  switch (error._tag) {
    case "BadRequest":
    case "NodeAddressInvalid":
      return errorPage(400, error._tag, error.message)
    case "ProposalRefused": {
      const { leader, message, reason } = error
      return errorPage(statuses[reason] ?? 503, error._tag, message, { reason, leader })
    }
    case "ProposalUnknown":
      return errorPage(504, error._tag, error.message)
    case "NodeStopped":
      return errorPage(503, error._tag, error.message)
  }
}

const etag = (version: number) => ({ etag: `"${version}"` })

/** What became of a command, as a page. */
const answerPage = (key: string, { answer, position }: Applied): Page => {
  const said = KeyValues.answer(answer)
  switch (said._tag) {
    case "Done": {
      const { sum, version } = said
      const value = sum === undefined ? {} : { value: sum }
      return jsonPage(200, { key, ...value, version, position }, version === 0 ? {} : etag(version))
    }
    case "OtherVersion": {
      const message = `Nothing has changed, because "${key}" has ${said.version === 0 ? "no value" : `version ${said.version}`}: read it, and try again.`
      return errorPage(412, said._tag, message, { key, version: said.version })
    }
    case "NoNumber":
      return errorPage(
        409,
        said._tag,
        `Nothing has changed, because "${key}" is no whole number, or would be too large.`
      )
    case "NoCommand":
      return errorPage(500, said._tag, "This is a defect of odradek: a command was not understood.")
  }
}

const propose = Effect.fnUntraced(function* (node: KeyValueNode, request: PageRequest, command: KeyValuesCommand) {
  const timeoutMs = yield* timeoutOf(request)
  return answerPage(command.key, yield* node.propose(KeyValues.command(command), { timeoutMs }))
})

/** Reads after all that was committed anywhere, or with `?local=true` what this node has. */
const query = <A>(node: KeyValueNode, request: PageRequest, look: (state: KeyValuesState) => A) =>
  Effect.flatMap(timeoutOf(request), (timeoutMs) =>
    isOn(request, "local") ? Effect.sync(() => node.readLocal(look)) : node.read(look, { timeoutMs })
  )

const getKey = Effect.fnUntraced(function* (node: KeyValueNode, request: PageRequest) {
  const key = yield* keyOf(request)
  const found = yield* query(node, request, (state) => KeyValues.get(state, key))
  if (found === undefined) return errorPage(404, "NoKey", `There is no key "${key}".`, { key })
  const { value, version } = found
  if (request.headers["accept"] === "application/octet-stream") {
    return { status: 200, headers: { "content-type": "application/octet-stream", ...etag(version) }, body: value }
  }
  return jsonPage(200, { key, value: new TextDecoder().decode(value), version }, etag(version))
})

const putExample =
  '{"value": "text"}, or with "expected" and a version; bytes of another content type are the value itself'

const putKey = Effect.fnUntraced(function* (node: KeyValueNode, request: PageRequest) {
  const key = yield* keyOf(request)
  let value = request.body
  let expected = yield* expectedOf(request)
  if (String(request.headers["content-type"]).startsWith("application/json")) {
    const fields = yield* fieldsOf(request, putExample)
    if (typeof fields["value"] !== "string") {
      return yield* new BadRequest({ message: `"value" is no text: send ${putExample}.` })
    }
    value = new TextEncoder().encode(fields["value"])
    if (fields["expected"] !== undefined) expected = yield* wholeNumber(fields["expected"], "expected", 0)
  }
  return yield* propose(node, request, { _tag: "Put", key, value, expected })
})

const deleteKey = Effect.fnUntraced(function* (node: KeyValueNode, request: PageRequest) {
  const key = yield* keyOf(request)
  return yield* propose(node, request, { _tag: "Delete", key, expected: yield* expectedOf(request) })
})

const addTo = Effect.fnUntraced(function* (node: KeyValueNode, request: PageRequest) {
  const key = yield* keyOf(request)
  const { add } = yield* fieldsOf(request, '{"add": 1}')
  return yield* propose(node, request, { _tag: "Add", key, amount: yield* wholeNumber(add, "add", -Infinity) })
})

const listKeys = Effect.fnUntraced(function* (node: KeyValueNode, request: PageRequest) {
  const entries = yield* query(node, request, KeyValues.entries)
  const keys = entries.slice(0, maxListed).map(([key, { version }]) => ({ key, version }))
  return jsonPage(200, { keys, count: entries.length })
})

const linkText = ({ address, connectedSince, id, lastError }: PeerStatus): string =>
  `link to ${id} at ${address}: ${connectedSince === undefined ? (lastError?.message ?? "not there yet") : "connected"}`

const showStatus = (node: KeyValueNode, { headers }: PageRequest): Effect.Effect<Page> =>
  Effect.sync(() => {
    if (!String(headers["accept"]).includes("application/json")) {
      return textPage(200, [node.describe(), ...node.status().peers.map(linkText)].join("\n"))
    }
    const { peers, progress: _, ...status } = node.status()
    const links = peers.map(({ lastError, ...peer }) => ({ ...peer, lastError: lastError?.message }))
    return jsonPage(200, { ...status, peers: links })
  })

const changeMembers = Effect.fnUntraced(function* (node: KeyValueNode, request: PageRequest) {
  const { addresses = {}, members } = yield* fieldsOf(request, '{"members": [1, 2, 3]}')
  const wanted = yield* membersOf(members)
  if (typeof addresses !== "object" || addresses === null) {
    return yield* new BadRequest({ message: '"addresses" is no object: send {"4": "host:port"}.' })
  }
  for (const [id, address] of Object.entries(addresses)) {
    const peer = yield* wholeNumber(Number(id), "addresses", 1)
    node.place(peer, yield* nodeAddress(peer, String(address)))
  }
  const timeoutMs = yield* timeoutOf(request)
  yield* node.changeMembers(wanted.map(memberOf), { timeoutMs })
  return jsonPage(200, { members: node.status().configuration.members })
})

const transfer = Effect.fnUntraced(function* (node: KeyValueNode, request: PageRequest) {
  const { to } = yield* fieldsOf(request, '{"to": 2}')
  const leader = yield* wholeNumber(to, "to", 1)
  yield* node.transfer(leader, { timeoutMs: yield* timeoutOf(request) })
  return jsonPage(200, { leader })
})

type Handler = (node: KeyValueNode, request: PageRequest) => Effect.Effect<Page, Failure>

/** What is answered: by path, where `*` stands for a key, and by method. */
const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  "/keys": { GET: listKeys },
  "/keys/*": { GET: getKey, PUT: putKey, DELETE: deleteKey },
  "/counters/*": { POST: addTo },
  "/status": { GET: showStatus },
  "/members": { POST: changeMembers },
  "/transfer": { POST: transfer },
  "/snapshot": { POST: (node) => Effect.as(node.takeSnapshot, jsonPage(202, {})) }
}

const places =
  "GET PUT DELETE /keys/K, GET /keys, POST /counters/K, GET /status, POST /members, /transfer and /snapshot"

/** Answers one request; what a node refuses, or cannot say, is a page too. */
const keyValuePage = (node: KeyValueNode, request: PageRequest): Effect.Effect<Page> => {
  const methods = routes[request.path.replace(/^(\/(?:keys|counters)\/).*$/, "$1*")]
  if (methods === undefined) return Effect.succeed(errorPage(404, "NoPage", `Here are ${places}.`))
  const handler = methods[request.method]
  if (handler === undefined) {
    const allowed = Object.keys(methods).join(", ")
    const { body, headers, status } = errorPage(405, "NoMethod", `Only ${allowed} is answered here.`)
    return Effect.succeed({ status, body, headers: { ...headers, allow: allowed } })
  }
  return Effect.catch(handler(node, request), (error) => Effect.succeed(failurePage(error)))
}

/**
 * Answers requests about a node. Commands go through a pool of sessions, so that a change of leaders costs a client time
 * and seldom an answer, and nothing is done twice.
 */
export const keyValuePages = (node: KeyValueNode): ((request: PageRequest) => Effect.Effect<Page>) => {
  const proposing: KeyValueNode = { ...node, propose: sessionPool(node) }
  return (request) => keyValuePage(proposing, request)
}
