import { cpSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import type { Mutant } from "../../runtimes/simulate/index.ts"
import { audit } from "./Audit.ts"
import type { Audit } from "./Audit.ts"
import { Clients } from "./Clients.ts"
import { Cluster } from "./Cluster.ts"
import { History } from "./History.ts"
import type { Asked } from "./History.ts"
import { send, statusOf } from "./Http.ts"
import { Nemesis } from "./Nemesis.ts"
import { bundlePackage } from "./PackageBundle.ts"
import type { Counts, Strike } from "./Strikes.ts"
import { canFill } from "./Volume.ts"

/** What to do: how many kills at least, for how many minutes at least, from which seed, in which folder. */
export interface HuntOptions {
  readonly kills: number
  readonly minutes?: number
  readonly seed: number
  readonly folder: string
  readonly clients?: number
  /** Gives each node a file system of its own, for which this process has to be allowed to mount one. */
  readonly mount?: boolean
  /** Whether nodes keep what they keep with ordinary settings; else snapshots and what they replace come and go. */
  readonly ordinary?: boolean
  /** A bug that every node is to have. */
  readonly mutant?: Mutant
  readonly onKill?: (kills: number, what: string) => void
}

/** How it went. `complaints` are sentences about whatever must not happen. */
export interface HuntReport {
  readonly seed: number
  readonly seconds: number
  readonly counts: Counts
  readonly ok: number
  readonly refused: number
  readonly unknown: number
  readonly keys: number
  readonly terms: number
  /** From the last that ended well before a leader was killed to the first that did among those asked after it. */
  readonly failoverMs: ReadonlyArray<number>
  readonly readyMs: ReadonlyArray<number>
  readonly audit: Omit<Audit, "complaints" | "window">
  readonly complaints: ReadonlyArray<string>
  /** What was done to the cluster around the moment at which it went wrong. */
  readonly around: ReadonlyArray<Strike>
}

const patienceMs = 60_000
const aroundMs = 5000

/** Waits until all nodes have applied the same; what they say of themselves where they do not. */
const agreement = async (cluster: Cluster): Promise<string | undefined> => {
  const until = performance.now() + patienceMs
  while (true) {
    const all = await Promise.all(cluster.nodes.map((node) => statusOf(node)))
    const [first] = all
    const same = (one: (typeof all)[number]): boolean =>
      one !== undefined && one["applied"] === first?.["applied"] && one["leader"] === first?.["leader"]
    if (first !== undefined && first["leader"] !== 0 && all.every(same)) return undefined
    if (performance.now() > until) return `The nodes do not agree after ${patienceMs} ms: ${JSON.stringify(all)}`
    await delay(50)
  }
}

/** A key as a node has it for itself. */
const localOf = async (cluster: Cluster, id: number, key: string): Promise<string> => {
  const url = cluster.node(id).life?.reached?.url
  const reply = await send({ method: "GET", url: `${url ?? ""}/keys/${key}?local=true` }, 5000)
  return reply._tag === "Answered"
    ? `${String(reply.said["value"])} of version ${String(reply.said["version"])}`
    : reply._tag
}

/** Reads a key until somebody answers. */
const readAtLast = async (clients: Clients, key: string): Promise<boolean> => {
  const until = performance.now() + patienceMs
  while (performance.now() < until) {
    if ((await clients.read("last", 1, key)).outcome === "Ok") return true
    await delay(50)
  }
  return false
}

/** Kills and starts all nodes once more, reads everything from the cluster, and compares what each node has for itself. */
const readEverything = async (cluster: Cluster, clients: Clients): Promise<ReadonlyArray<string>> => {
  const apart = await agreement(cluster)
  if (apart !== undefined) return [apart]
  await Promise.all(cluster.nodes.map((node) => cluster.kill(node)))
  await Promise.all(cluster.nodes.map((node) => cluster.start(node)))
  const complaints: Array<string> = []
  const keys = [...clients.keys.keys()]
  const workers = Array.from({ length: 4 }, async () => {
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
      if (!(await readAtLast(clients, key))) complaints.push(`${key} cannot be read after ${patienceMs} ms.`)
    }
  })
  await Promise.all(workers)
  const still = await agreement(cluster)
  if (still !== undefined) return [...complaints, still]
  for (const key of clients.keys.keys()) {
    const found = await Promise.all(cluster.nodes.map(({ id }) => localOf(cluster, id, key)))
    if (new Set(found).size > 1) complaints.push(`The nodes have different ${key}: ${found.join(", ")}.`)
  }
  for (const node of cluster.nodes) {
    const code = await cluster.stop(node)
    if (code !== 0) complaints.push(`Node ${node.id} ends with ${code ?? "SIGKILL"} when it is asked to.`)
  }
  return complaints
}

const failovers = (asked: ReadonlyArray<Asked>, kills: ReadonlyArray<number>): ReadonlyArray<number> => {
  const well = asked.filter(({ outcome }) => outcome === "Ok")
  return kills.map((kill) => {
    let before = -Infinity
    let after = Infinity
    for (const { at = 0, invoked } of well) {
      if (at <= kill) before = Math.max(before, at)
      if (invoked > kill) after = Math.min(after, at)
    }
    return after - before
  })
}

/** Keeps what a failure is understood from. */
const keep = (folder: string, cluster: Cluster, asked: ReadonlyArray<Asked>, strikes: ReadonlyArray<Strike>): void => {
  const lines = (rows: ReadonlyArray<unknown>) => rows.map((row) => `${JSON.stringify(row)}\n`).join("")
  writeFileSync(join(folder, "history.jsonl"), lines(asked))
  writeFileSync(join(folder, "strikes.jsonl"), lines(strikes))
  const kept = join(folder, "kept")
  mkdirSync(kept)
  for (const { id, volume } of cluster.nodes) cpSync(volume.path, join(kept, `node-${id}`), { recursive: true })
}

/**
 * Runs three nodes while clients use them, harms them, and judges what the clients were told.
 *
 * **Details**
 *
 * The seed says what is done to the cluster, in which order, and what clients ask for; when things happen, and so what
 * comes of it, is the machine's. On a complaint the folder has the history, the strikes, what the nodes said, and their
 * folders.
 */
export const hunt = async (options: HuntOptions): Promise<HuntReport> => {
  const {
    clients: count = 8,
    folder,
    kills,
    minutes = 0,
    mount = false,
    mutant,
    onKill,
    ordinary = false,
    seed
  } = options
  const main = bundlePackage(join(folder, "package"), { mutant, small: !ordinary })
  await using owned = new AsyncDisposableStack()
  const cluster = owned.adopt(await Cluster.open({ folder, main, seed, mount }), (one) => one.close())
  await Promise.all(cluster.nodes.map((node) => cluster.start(node)))
  const began = performance.now()
  const history = new History()
  const clients = owned.adopt(new Clients(cluster, history, seed, count), async (one) => {
    await one.stop()
  })
  const nemesis = new Nemesis(cluster, history, {
    seed,
    kills,
    minutes,
    fills: mount || canFill(),
    onKill: (done, what) => onKill?.(done, what)
  })
  const { strikes } = nemesis
  clients.start()
  await nemesis.run()
  await clients.stop()
  const seconds = (performance.now() - began) / 1000
  const last = strikes.complaints.length > 0 ? [] : await readEverything(cluster, clients)
  const { complaints: unexplained, window, ...figures } = audit(history.asked)
  const complaints = [...unexplained, ...cluster.complaints, ...clients.complaints, ...strikes.complaints, ...last]
  if (complaints.length > 0) keep(folder, cluster, history.asked, strikes.all)
  const [from, to] = window ?? [Infinity, -Infinity]
  return {
    seed,
    seconds,
    counts: strikes.counts,
    ok: history.count("Ok"),
    refused: history.count("Refused"),
    unknown: history.count("Unknown"),
    keys: clients.keys.size,
    terms: cluster.term,
    failoverMs: failovers(history.asked, strikes.leaderKills),
    readyMs: cluster.readyMs,
    audit: figures,
    complaints,
    around: strikes.all.filter(({ at }) => at > from - aroundMs && at < to)
  }
}
