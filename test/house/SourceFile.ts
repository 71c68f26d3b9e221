import { parseSync, visitorKeys } from "oxc-parser"

/** A node of the syntax tree, as far as the checks look at it. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** One place where a file names another module, whatever the syntax. */
export interface Reference {
  /** The module as written; `undefined` when it is computed at run time. */
  readonly specifier: string | undefined
  readonly line: number
}

/** A file, parsed, with the facts that the rules judge. */
export interface SourceFile {
  readonly path: string
  readonly text: string
  readonly program: Node
  readonly comments: ReadonlyArray<{ readonly value: string; readonly start: number; readonly end: number }>
  readonly errors: ReadonlyArray<string>
  readonly references: ReadonlyArray<Reference>
  readonly lineOf: (offset: number) => number
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"

/** The node under `key`, if there is one. */
export const child = (node: Node, key: string): Node | undefined => {
  const value = node[key]
  return isNode(value) ? value : undefined
}

/** The nodes of the list under `key`. */
export const children = (node: Node, key: string): ReadonlyArray<Node> => {
  const value = node[key]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** The name of an identifier, or the text of a string literal. */
export const nameOf = (node: Node | undefined): string | undefined => {
  if (node === undefined) return undefined
  const value = node.type === "Literal" ? node["value"] : node["name"]
  return typeof value === "string" ? value : undefined
}

/** Calls `enter` on every node, parents first, with its parent. */
export const walk = (root: Node, enter: (node: Node, parent: Node | undefined) => void): void => {
  const pending: Array<readonly [Node, Node | undefined]> = [[root, undefined]]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, parent] = next
    enter(node, parent)
    for (const key of visitorKeys[node.type] ?? []) {
      const value = node[key]
      for (const each of Array.isArray(value) ? value : [value]) if (isNode(each)) pending.push([each, node])
    }
  }
}

const specifierOf = (node: Node): { readonly at: Node | undefined } | undefined => {
  switch (node.type) {
    case "ImportDeclaration":
    case "ImportExpression":
    case "ExportAllDeclaration":
    case "TSImportType":
      return { at: child(node, "source") }
    case "ExportNamedDeclaration":
      return child(node, "source") === undefined ? undefined : { at: child(node, "source") }
    case "TSExternalModuleReference":
      return { at: child(node, "expression") }
    case "CallExpression": {
      const callee = child(node, "callee")
      const object = callee?.type === "MemberExpression" ? child(callee, "object") : undefined
      const isRequire =
        nameOf(callee) === "require" ||
        (callee !== undefined &&
          ((object?.type === "MetaProperty" && nameOf(child(callee, "property")) === "resolve") ||
            (nameOf(object) === "require" && nameOf(child(callee, "property")) === "resolve")))
      return isRequire ? { at: children(node, "arguments")[0] } : undefined
    }
    default:
      return undefined
  }
}

/** Parses a file and collects its references to other modules. */
export const parse = (path: string, text: string): SourceFile => {
  const result = parseSync(path, text, { sourceType: "module" })
  const starts = [0]
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  const lineOf = (offset: number): number => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }
  const program = result.program as unknown as Node
  const references: Array<Reference> = []
  walk(program, (node) => {
    const found = specifierOf(node)
    if (found !== undefined) {
      const specifier = found.at?.type === "Literal" ? nameOf(found.at) : undefined
      references.push({ specifier, line: lineOf(node.start) })
    }
  })
  return {
    path,
    text,
    program,
    comments: result.comments,
    errors: result.errors.map((error) => error.message),
    references,
    lineOf
  }
}
