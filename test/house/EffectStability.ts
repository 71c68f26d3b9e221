import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { dirname, join, resolve } from "node:path"
import { child, children, nameOf, type Node, parse, type SourceFile } from "./SourceFile.ts"

/** A promise of effect about a symbol; `unmarked` when its declaration carries none. */
export type Stability = "stable" | "unstable" | "experimental" | "unmarked"

/** What one module of effect says about itself and about each name that it exports. */
export interface ModuleStability {
  readonly header: Stability
  readonly symbols: ReadonlyMap<string, Stability>
}

const sources = fileURLToPath(new URL("src/", import.meta.resolve("effect/package.json")))

const tagOf = (comment: string): Stability => {
  const found = /@stability\s+(stable|unstable|experimental)\b/.exec(comment)?.[1]
  return found === "stable" || found === "unstable" || found === "experimental" ? found : "unmarked"
}

/** A name that is declared more than once (a type and a value) is as stable as its least stable declaration. */
const weaker = (a: Stability | undefined, b: Stability): Stability => {
  const order: ReadonlyArray<Stability> = ["experimental", "unstable", "stable", "unmarked"]
  return a === undefined || order.indexOf(b) < order.indexOf(a) ? b : a
}

/** What the comments directly above a node say; a compiler directive may stand between. */
const docOf = (file: SourceFile, node: Node): Stability => {
  let below = node.start
  for (let at = file.comments.findLastIndex((comment) => comment.end <= node.start); at >= 0; at--) {
    const comment = file.comments[at]
    if (comment === undefined || file.text.slice(comment.end, below).trim() !== "") break
    const tag = tagOf(comment.value)
    if (tag !== "unmarked") return tag
    below = comment.start
  }
  return "unmarked"
}

const declaredNames = (declaration: Node): ReadonlyArray<string> => {
  const named =
    declaration.type === "VariableDeclaration"
      ? children(declaration, "declarations").map((each) => child(each, "id"))
      : [child(declaration, "id")]
  return named.flatMap((id) => nameOf(id) ?? [])
}

const cache = new Map<string, ModuleStability>()

const read = (path: string): ModuleStability => {
  const known = cache.get(path)
  if (known !== undefined) return known
  const file = parse(path, readFileSync(path, "utf8"))
  const symbols = new Map<string, Stability>()
  const locals = new Map<string, Stability>()
  const note = (name: string, tag: Stability): void => {
    symbols.set(name, weaker(symbols.get(name), tag))
  }
  const statements = children(file.program, "body")
  for (const statement of statements) {
    if (statement.type === "ExportNamedDeclaration") continue
    for (const name of declaredNames(statement)) locals.set(name, docOf(file, statement))
  }
  for (const statement of statements) {
    const declaration = child(statement, "declaration")
    if (statement.type === "ExportAllDeclaration") {
      const name = nameOf(child(statement, "exported"))
      const target = resolve(dirname(path), nameOf(child(statement, "source")) ?? "")
      if (name !== undefined) note(name, docOf(file, statement))
      else if (existsSync(target)) for (const [inner, tag] of read(target).symbols) note(inner, tag)
    } else if (statement.type === "ExportNamedDeclaration" && declaration !== undefined) {
      for (const name of declaredNames(declaration)) note(name, docOf(file, statement))
    } else if (statement.type === "ExportNamedDeclaration") {
      for (const specifier of children(statement, "specifiers")) {
        const name = nameOf(child(specifier, "exported"))
        const own = docOf(file, specifier)
        const local = locals.get(nameOf(child(specifier, "local")) ?? "") ?? "unmarked"
        if (name !== undefined) note(name, own === "unmarked" ? local : own)
      }
    }
  }
  const header = file.comments.find((comment) => tagOf(comment.value) !== "unmarked")
  const found: ModuleStability = { header: header === undefined ? "unmarked" : tagOf(header.value), symbols }
  cache.set(path, found)
  return found
}

/**
 * Reads what effect promises about the module behind a specifier such as `effect/Stream`, from its sources.
 *
 * **Gotchas**
 *
 * The header of a module and its symbols may disagree, so both count. `undefined` when there is no such module.
 */
export const stabilityOf = (specifier: string): ModuleStability | undefined => {
  const name = specifier.slice("effect/".length)
  const path = [`${name}.ts`, `${name}/index.ts`]
    .map((each) => join(sources, each))
    .find((candidate) => existsSync(candidate))
  return path === undefined ? undefined : read(path)
}
