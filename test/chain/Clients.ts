import { setTimeout as delay } from "node:timers/promises"
import { makePrng } from "../../core/simulation/index.ts"
import type { Prng } from "../../core/simulation/index.ts"
import { nodeIds } from "./Cluster.ts"
import type { Cluster } from "./Cluster.ts"
import type { Asked, ChainRequest, History } from "./History.ts"
import { send } from "./Http.ts"
import type { Reply, Sent } from "./Http.ts"

/** How long a node may take for an answer, and how long a client waits for it, in milliseconds. */
const timeoutMs = 1500
const deadlineMs = 2500
const restMs = 30

/** After so many operations clients turn to new keys, so that the history of each one stays short. */
const operationsOfKeys = 1000
const valueKeys = 5
const counterKeys = 2

/** What is known of a value: the version under which it was seen. */
interface Seen {
  readonly value: string
  readonly version: number
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/** Clients that ask all nodes of a cluster at the same time, each one thing at a time. */
export class Clients {
  readonly complaints: Array<string> = []
  readonly #cluster: Cluster
  readonly #history: History
  readonly #seed: number
  readonly #count: number
  readonly #keys = new Map<string, ChainRequest["of"]>()
  /** Which value had which version: a version is given once. */
  readonly #versions = new Map<string, string>()
  readonly #lastSeen = new Map<string, Seen>()
  #names = 0
  #stopping = false
  #done: Promise<unknown> = Promise.resolve()

  constructor(cluster: Cluster, history: History, seed: number, count: number) {
    this.#cluster = cluster
    this.#history = history
    this.#seed = seed
    this.#count = count
  }

  /** Every key that was ever asked for. */
  get keys(): ReadonlyMap<string, ChainRequest["of"]> {
    return this.#keys
  }

  start(): void {
    const random = makePrng(this.#seed)
    const clients = Array.from({ length: this.#count }, (_, at) => `c${at + 1}`)
    this.#done = Promise.all(clients.map((client) => this.#run(client, random.stream(client))))
  }

  /** Asks nothing more, and waits for what is under way. */
  stop(): Promise<unknown> {
    this.#stopping = true
    return this.#done
  }

  /** Reads a key as it is now, on one node. */
  async read(client: string, node: number, key: string): Promise<Asked> {
    const asks: ChainRequest =
      this.#keys.get(key) === "Counters"
        ? { of: "Counters", request: { _tag: "Read", key } }
        : { of: "Values", request: { _tag: "Get", key } }
    return this.#ask(client, node, asks)
  }

  async #run(client: string, random: Prng): Promise<void> {
    let node = random.pick(nodeIds)
    while (!this.#stopping) {
      if (random.chance(10)) node = random.pick(nodeIds)
      const { outcome } = await this.#ask(client, node, this.#choose(random))
      if (outcome === "Ok") continue
      node = random.pick(nodeIds)
      await delay(random.below(restMs))
    }
  }

  #choose(random: Prng): ChainRequest {
    const generation = Math.floor(this.#history.asked.length / operationsOfKeys)
    const at = random.below(valueKeys + counterKeys)
    const what = random.below(100)
    if (at >= valueKeys) {
      const key = `n${generation}-${at - valueKeys}`
      this.#keys.set(key, "Counters")
      const by = 1 + random.below(1_000_000)
      return { of: "Counters", request: what < 35 ? { _tag: "Read", key } : { _tag: "Add", key, by } }
    }
    const key = `k${generation}-${at}`
    this.#keys.set(key, "Values")
    if (what < 40) return { of: "Values", request: { _tag: "Get", key } }
    if (what < 44) return { of: "Values", request: { _tag: "Delete", key } }
    const value = `v${++this.#names}`
    if (what < 70) return { of: "Values", request: { _tag: "Put", key, value } }
    const expected = this.#lastSeen.get(key)?.value ?? null
    return { of: "Values", request: { _tag: "CompareAndSet", key, expected, value } }
  }

  async #ask(client: string, node: number, asks: ChainRequest): Promise<Asked> {
    const url = this.#cluster.node(node).life?.reached?.url
    const expected = this.#lastSeen.get(asks.request.key)
    const one = this.#history.begin(client, node, asks)
    const reply: Reply =
      url === undefined ? { _tag: "NotSent" } : await send(requestOf(url, asks, expected), deadlineMs)
    this.#end(one, reply)
    return one
  }

  #end(one: Asked, reply: Reply): void {
    const history = this.#history
    if (reply._tag === "NotSent") return history.unsent(one)
    if (reply._tag === "Unheard") return history.unknown(one)
    const { said, status } = reply
    const { key } = one.asks.request
    const absent = status === 404 && said["error"] === "NoKey"
    if (status === 200 || absent) {
      const position = typeof said["position"] === "number" ? said["position"] : undefined
      this.#see(one, said["value"], said["version"])
      if (absent) this.#lastSeen.delete(key)
      return history.ok(one, responseOf(one.asks, absent ? null : said["value"]), position)
    }
    const { _tag } = one.asks.request
    if (status === 412 && _tag === "CompareAndSet") return history.ok(one, false)
    if (status === 503 && said["error"] === "ProposalRefused") return history.refused(one)
    history.unknown(one)
    if (status === 504 || said["error"] === "NodeStopped") return
    this.complaints.push(`${_tag} ${key} at node ${one.node} is answered with ${status} ${JSON.stringify(said)}.`)
  }

  /** Keeps what version a value has, and sees to it that no other value has it. */
  #see({ asks: { of, request } }: Asked, read: unknown, version: unknown): void {
    const value = "value" in request ? request.value : typeof read === "string" ? read : undefined
    if (of === "Counters" || typeof version !== "number" || version === 0 || value === undefined) return
    const { key } = request
    const other = this.#versions.get(`${version}`)
    if (other !== undefined && other !== `${key} ${value}`) {
      this.complaints.push(`Version ${version} is that of ${other} and of ${key} ${value}.`)
    }
    this.#versions.set(`${version}`, `${key} ${value}`)
    this.#lastSeen.set(key, { value, version })
  }
}

const requestOf = (url: string, { request }: ChainRequest, seen: Seen | undefined): Sent => {
  const at = (place: string): string => `${url}/${place}/${request.key}?timeoutMs=${timeoutMs}`
  switch (request._tag) {
    case "Read":
    case "Get":
      return { method: "GET", url: at("keys") }
    case "Add":
      return { method: "POST", url: at("counters"), body: { add: request.by } }
    case "Delete":
      return { method: "DELETE", url: at("keys") }
    case "Put":
      return { method: "PUT", url: at("keys"), body: request.value }
    case "CompareAndSet": {
      const headers: Sent["headers"] =
        request.expected === null ? { "if-none-match": "*" } : { "if-match": `"${seen?.version ?? 0}"` }
      return { method: "PUT", url: at("keys"), headers, body: request.value }
    }
  }
}

const responseOf = ({ request: { _tag } }: ChainRequest, value: unknown): string | number | null | boolean => {
  switch (_tag) {
    case "Get":
      return value === null ? null : textOf(value)
    case "Read":
      return Number(value ?? 0)
    case "Add":
      return Number(value)
    case "CompareAndSet":
      return true
    case "Put":
    case "Delete":
      return "ok"
  }
}
