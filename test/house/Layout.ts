import { readManifest } from "./Tree.ts"

/**
 * Which folders of core a folder of core may import, beside itself.
 *
 * **Details**
 *
 * The order is closed: a folder that is not named here is reported until it gets its place. `machine` holds only the
 * shape that machines share. The systems come last and never import each other.
 */
export const coreOrder: Readonly<Record<string, ReadonlyArray<string> | "anything">> = {
  machine: [],
  simulation: ["machine", "bytes", "ports", "log"],
  bytes: [],
  log: ["machine", "bytes"],
  protocol: ["bytes"],
  ports: ["log", "bytes"],
  store: ["ports"],
  peers: ["machine", "bytes", "log", "ports"],
  client: ["machine", "bytes", "log", "protocol", "ports"],
  append: ["log", "ports", "client"],
  storage: ["machine", "bytes", "log", "ports"],
  chain: ["machine", "bytes", "log", "ports", "storage", "peers"],
  broker: ["machine", "bytes", "log", "protocol", "ports", "client", "storage"],
  journal: ["machine", "bytes", "log", "protocol", "ports", "client", "storage"],
  lambda: ["machine", "bytes", "log"],
  scenarios: "anything",
  "ports/contract": "anything"
}

/** The folders that the package exports, and which of them a file belongs to. */
export interface Layout {
  /** Exported folders that have files, such as `core/log`, `core/ports/contract` or `adapters/sql/sqlite`; in order. */
  readonly exported: ReadonlyArray<string>
  /** The folder whose face a file stands behind: the innermost exported folder, else its first two segments. */
  readonly unitOf: (path: string) => string
}

/** Derives the layout from the manifest's subpath exports (`*` stands for one folder) and the files that exist. */
export const makeLayout = (root: string, files: ReadonlyArray<string>): Layout => {
  const patterns: Array<RegExp> = []
  for (const target of Object.values(readManifest(root).exports)) {
    const source = typeof target === "string" ? undefined : target["odradek-source"]
    if (source === undefined) continue
    const escaped = source.replace(/^\.\//, "").replace(/[.+^${}()|[\]\\]/g, "\\$&")
    patterns.push(new RegExp(`^${escaped.replace("*", "[^/]+")}$`))
  }
  const exported = files
    .filter((path) => patterns.some((pattern) => pattern.test(path)))
    .map((path) => path.slice(0, path.lastIndexOf("/")))
  const innermostFirst = [...exported].sort((a, b) => b.length - a.length)
  return {
    exported,
    unitOf: (path) =>
      innermostFirst.find((folder) => path.startsWith(`${folder}/`)) ??
      path.split("/").slice(0, -1).slice(0, 2).join("/")
  }
}
