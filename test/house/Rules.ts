import { child, children, isNode, nameOf, type Node, type SourceFile, walk } from "./SourceFile.ts"
import { stabilityOf } from "./EffectStability.ts"

/** Where a rule was broken, which rule, and what to do. */
export interface Violation {
  readonly path: string
  readonly line: number
  readonly rule: string
  readonly message: string
}

/** One rule about the inside of a single file. */
export type FileRule = (file: SourceFile) => ReadonlyArray<Violation>

const isCore = (path: string): boolean => path.startsWith("core/")

const isTest = (path: string): boolean => path.endsWith(".test.ts")

/** Names under these keys name something new or belong to an object; they do not use a binding. */
const isNameOnly = (node: Node, parent: Node): boolean => {
  const is = (key: string): boolean => parent[key] === node
  switch (parent.type) {
    case "MemberExpression":
      return is("property") && parent["computed"] !== true
    case "Property":
      return is("key") && parent["computed"] !== true && parent["shorthand"] !== true
    case "MethodDefinition":
    case "PropertyDefinition":
    case "TSMethodSignature":
    case "TSPropertySignature":
      return is("key") && parent["computed"] !== true
    case "TSQualifiedName":
      return is("right")
    case "ImportSpecifier":
    case "ImportNamespaceSpecifier":
    case "ImportDefaultSpecifier":
      return true
    case "ExportSpecifier":
      return is("exported") && !is("local")
    case "TSImportType":
      return is("qualifier")
    case "TSNamedTupleMember":
      return is("label")
    default:
      return false
  }
}

interface Use {
  readonly local: string
  /** The member that is used; `undefined` when the binding itself is. */
  readonly member: string | undefined
  readonly line: number
}

/** How a file uses these bindings: member by member where the syntax says so, else as a whole. */
const usesOf = (file: SourceFile, locals: ReadonlySet<string>): ReadonlyArray<Use> => {
  const uses: Array<Use> = []
  walk(file.program, (node, parent) => {
    const local = node.type === "Identifier" ? nameOf(node) : undefined
    if (local === undefined || !locals.has(local) || parent === undefined || isNameOnly(node, parent)) return
    const line = file.lineOf(node.start)
    if (parent.type === "MemberExpression" && parent["object"] === node) {
      const property = child(parent, "property")
      const named = parent["computed"] !== true || property?.type === "Literal"
      uses.push({ local, member: named ? nameOf(property) : undefined, line })
    } else if (parent.type === "TSQualifiedName") {
      uses.push({ local, member: nameOf(child(parent, "right")), line })
    } else if (parent.type === "VariableDeclarator" && child(parent, "id")?.type === "ObjectPattern") {
      for (const property of children(child(parent, "id") ?? node, "properties")) {
        const named = property.type === "Property" && property["computed"] !== true
        uses.push({ local, member: named ? nameOf(child(property, "key")) : undefined, line })
      }
    } else {
      uses.push({ local, member: undefined, line })
    }
  })
  return uses
}

/** core uses only symbols that effect calls stable: the module's header and each used member. */
export const effectStability: FileRule = (file) => {
  if (!isCore(file.path)) return []
  const found: Array<Violation> = []
  const report = (line: number, message: string): void => {
    found.push({ path: file.path, line, rule: "effect-stability", message })
  }
  const judge = (specifier: string, member: string, line: number): void => {
    const tag = stabilityOf(specifier)?.symbols.get(member) ?? "unmarked"
    if (tag !== "stable") report(line, `${specifier}.${member} is ${tag} in effect; core uses stable symbols only.`)
  }
  const namespaces = new Map<string, string>()
  for (const reference of file.references) {
    if (reference.specifier?.startsWith("effect/") !== true) continue
    const header = stabilityOf(reference.specifier)?.header
    if (header === undefined) report(reference.line, `${reference.specifier} is no module of effect.`)
    else if (header !== "stable") {
      report(reference.line, `${reference.specifier} is ${header} in effect; core uses stable modules only.`)
    }
  }
  walk(file.program, (node) => {
    const specifier = nameOf(child(node, "source"))
    if (specifier?.startsWith("effect/") !== true) return
    const line = file.lineOf(node.start)
    if (node.type === "ImportDeclaration") {
      for (const each of children(node, "specifiers")) {
        const local = nameOf(child(each, "local"))
        if (each.type === "ImportNamespaceSpecifier" && local !== undefined) namespaces.set(local, specifier)
        else judge(specifier, nameOf(child(each, "imported")) ?? "default", line)
      }
    } else if (node.type === "ExportNamedDeclaration") {
      for (const each of children(node, "specifiers")) judge(specifier, nameOf(child(each, "local")) ?? "", line)
    } else {
      report(line, `${specifier} is taken as a whole, so its members cannot be judged; import what is used.`)
    }
  })
  for (const use of usesOf(file, new Set(namespaces.keys()))) {
    const specifier = namespaces.get(use.local) ?? ""
    if (use.member !== undefined) judge(specifier, use.member, use.line)
    else report(use.line, `${use.local} is used as a whole, so its members cannot be judged; name the member.`)
  }
  return found
}

/** `Math` appears in core only as `Math.member`, so that the ban on `Math.random` cannot be walked around. */
export const mathAlias: FileRule = (file) =>
  isCore(file.path)
    ? usesOf(file, new Set(["Math"]))
        .filter((use) => use.member === undefined)
        .map((use) => ({
          path: file.path,
          line: use.line,
          rule: "math-alias",
          message: "Write Math.member in place; an alias of Math hides Math.random."
        }))
    : []

/** The one module of core that admits names of the platform. */
const admitted = "core/bytes/Utf8.ts"

/** `declare` would let any global of the platform into core; a brand (`unique symbol`) lets nothing in. */
export const ambientDeclaration: FileRule = (file) => {
  if (!isCore(file.path) || file.path === admitted) return []
  const found: Array<Violation> = []
  walk(file.program, (node) => {
    const isBrand =
      node.type === "VariableDeclaration" &&
      children(node, "declarations").every((each) => {
        const annotation = child(child(child(each, "id") ?? each, "typeAnnotation") ?? each, "typeAnnotation")
        return annotation?.type === "TSTypeOperator" && annotation["operator"] === "unique"
      })
    const isValue = /^(VariableDeclaration|ClassDeclaration|TSDeclareFunction|TSModuleDeclaration|TSGlobalDeclaration)$/
    if (node["declare"] !== true || isBrand || !isValue.test(node.type)) return
    found.push({
      path: file.path,
      line: file.lineOf(node.start),
      rule: "ambient-declaration",
      message: `Only ${admitted} may declare names of the platform.`
    })
  })
  return found
}

/** Checks cannot be switched off in a comment. */
export const suppression: FileRule = (file) =>
  file.comments
    .filter((comment) =>
      /\b(oxlint|eslint|oxfmt|prettier)-(disable|ignore)|@ts-(ignore|expect-error|nocheck)/.test(comment.value)
    )
    .map((comment) => ({
      path: file.path,
      line: file.lineOf(comment.start),
      rule: "suppression",
      message: "A check cannot be switched off in a comment; change the code, or the rule for everybody."
    }))

const runners = new Set(["bench", "describe", "it", "layer", "suite", "test"])

/** No test is singled out or left out. */
export const focusedTest: FileRule = (file) => {
  if (!file.path.startsWith("test/")) return []
  const found: Array<Violation> = []
  walk(file.program, (node) => {
    const word = node.type === "MemberExpression" ? nameOf(child(node, "property")) : undefined
    if (word !== "only" && word !== "skip" && word !== "todo") return
    let root: unknown = node
    while (isNode(root) && root.type === "MemberExpression") root = root["object"]
    if (!isNode(root) || !runners.has(nameOf(root) ?? "")) return
    found.push({
      path: file.path,
      line: file.lineOf(node.start),
      rule: "focused-test",
      message: `A committed test runs and runs with the others; take away .${word}.`
    })
  })
  return found
}

const outside = /^node:(child_process|cluster|dgram|dns|fs|http|http2|https|net|sqlite|tls|worker_threads)(\/|$)/

/** A `.test.ts` does no I/O; what does is an `.int.test.ts` or `.svc.test.ts`. */
export const testLevel: FileRule = (file) =>
  isTest(file.path) && !/\.(int|svc)\.test\.ts$/.test(file.path)
    ? file.references
        .filter((reference) => outside.test(reference.specifier ?? ""))
        .map((reference) => ({
          path: file.path,
          line: reference.line,
          rule: "test-level",
          message: `${reference.specifier} is I/O: name the test *.int.test.ts (or *.svc.test.ts for real servers).`
        }))
    : []

/** A file that does not parse has not been checked. */
export const parses: FileRule = (file) =>
  file.errors.map((message) => ({ path: file.path, line: 1, rule: "parses", message }))

/** Every rule about single source files. */
export const fileRules: ReadonlyArray<FileRule> = [
  parses,
  effectStability,
  mathAlias,
  ambientDeclaration,
  suppression,
  focusedTest,
  testLevel
]

const words: ReadonlyArray<readonly [rule: string, pattern: RegExp, message: string]> = [
  [
    "foreign-path",
    new RegExp(`(?<![\\w.-])/(${["work", "root"].join("|")})/`),
    "A path of one machine means nothing on another."
  ],
  [
    "unfinished",
    new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|")})\\b`),
    "Finish it, or say plainly in the documentation what is not there."
  ]
]

/** Rules about the text of any file of the project. */
export const textRules = (path: string, text: string): ReadonlyArray<Violation> =>
  text
    .split("\n")
    .flatMap((line, at) =>
      words.flatMap(([rule, pattern, message]) => (pattern.test(line) ? [{ path, line: at + 1, rule, message }] : []))
    )
