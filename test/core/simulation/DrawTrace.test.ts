import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { drawTrace } from "../../../core/simulation/DrawTrace.ts"
import type { Drawing } from "../../../core/simulation/DrawTrace.ts"
import type { TraceEvent, TraceKind } from "../../../core/simulation/TraceEvent.ts"
import { sampleTrace } from "./SampleTrace.ts"

const entity = /&(?:amp|lt|gt|quot|#39);/g
const decode = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")

interface Element {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  text: string
}

/** All elements of a page that is written as strictly as XML is, and what is written in each of them. */
const parse = (html: string): ReadonlyArray<Element> => {
  const elements: Array<Element> = []
  const open: Array<Element> = []
  const raw = /^(?:script|style)$/
  const tags = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z0-9-]+="[^"<]*")*)\s*(\/?)>/iy
  let at = html.indexOf("<html")
  expect(html.slice(0, at)).toBe("<!doctype html>\n")
  while (at < html.length) {
    const inside = open.at(-1)
    const isRaw = inside !== undefined && raw.test(inside.name)
    const next = html.indexOf(isRaw ? `</${inside.name}` : "<", at)
    const end = next < 0 ? html.length : next
    const text = html.slice(at, end)
    if (!isRaw && /[&>]/.test(text.replace(entity, ""))) throw new Error(`Not escaped: ${text}`)
    if (text !== "") for (const element of open) element.text += isRaw ? text : decode(text)
    if (next < 0) break
    tags.lastIndex = end
    const tag = tags.exec(html)
    if (tag === null) throw new Error(`No tag: ${html.slice(end, end + 80)}`)
    const [whole, closing, name = "", attributes = "", empty] = tag
    at = end + whole.length
    if (closing === "/") {
      if (open.pop()?.name !== name) throw new Error(`Ends what did not begin: ${whole}`)
      continue
    }
    const pairs = [...attributes.matchAll(/([a-z0-9-]+)="([^"]*)"/gi)].map(
      ([, key = "", value = ""]) => [key, decode(value)] as const
    )
    const element = { name, attributes: new Map(pairs), text: "" }
    elements.push(element)
    if (empty !== "/") open.push(element)
  }
  expect(open).toEqual([])
  return elements
}

const rowsOf = (html: string) => parse(html).filter(({ attributes }) => /^e\d+$/.test(attributes.get("id") ?? ""))

const classesOf = ({ attributes }: Element): ReadonlyArray<string> => (attributes.get("class") ?? "").split(" ")

const withClass = (html: string, name: string) => parse(html).filter((element) => classesOf(element).includes(name))

const { events, nodes } = sampleTrace(5, 400)
const drawing: Drawing = {
  title: "A run",
  nodes,
  events,
  failure: { invariant: "S4 leader completeness", what: "n3 lacks a block" },
  plan: { scenario: "chain", seed: 7, knobs: { nodes: 5 }, moves: [{ at: 3, name: "propose", seed: 9 }] }
}
const html = drawTrace(drawing)

const kinds: ReadonlyArray<TraceKind> = [
  "input",
  "output",
  "effect",
  "send",
  "deliver",
  "drop",
  "crash",
  "start",
  "fault",
  "move",
  "mark",
  "note"
]
const nasty = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "</script><script>alert(1)</script>",
    '"><img src=x onerror="x">',
    "<!--",
    "]]>",
    "&amp;",
    "a'b",
    "\u2028"
  )
)
const anyEvent: fc.Arbitrary<TraceEvent> = fc.record(
  {
    at: fc.nat(),
    node: nasty,
    kind: fc.constantFrom(...kinds),
    what: nasty,
    message: fc.nat(3),
    to: nasty,
    from: nasty,
    status: nasty
  },
  { requiredKeys: ["at", "node", "kind", "what"] }
)

describe("the drawing of a run", () => {
  it("is one well-formed page that needs nothing from anywhere", () => {
    const elements = parse(html)
    expect(elements.map(({ attributes }) => attributes.get("src") ?? attributes.get("href")).filter(Boolean)).toEqual(
      []
    )
    expect(html).not.toMatch(/https?:|@import|url\((?!#)|\bfetch\b|XMLHttpRequest|import\(/)
  })

  it("has a line for every event, with its time, node, text, message and status", () => {
    const rows = rowsOf(html)
    expect(rows).toHaveLength(events.length)
    for (const [index, event] of events.entries()) {
      const text = rows[index]?.text ?? ""
      for (const part of [`${event.at}`, event.node, event.what, event.to ?? event.from ?? "", event.status ?? ""]) {
        expect(text).toContain(part)
      }
      if (event.message !== undefined) expect(text).toContain(`#${event.message}`)
    }
  })

  it("has an arrow for every message, from its sending to its end, and says of each whether it arrived", () => {
    const arrows = withClass(html, "msg")
    for (const [index, { kind, message }] of events.entries()) {
      if (kind !== "send") continue
      const arrow = arrows.find(({ attributes }) => attributes.get("data-a") === `${index}`)
      const end = events.findIndex((other) => other.message === message && other.kind !== "send")
      expect(arrow?.attributes.get("data-b")).toBe(`${end < 0 ? events.length : end}`)
      const fate = end < 0 ? "under-way" : events[end]?.kind === "drop" ? "lost" : "arrived"
      expect(arrow === undefined ? [] : classesOf(arrow)).toContain(fate)
    }
  })

  it("breaks the line of a node while it is dead", () => {
    const life = (kind: TraceKind, node: string, at: number): TraceEvent => ({ at, node, kind, what: kind })
    const page = drawTrace({
      title: "",
      nodes: ["a", "b"],
      events: [life("start", "a", 1), life("crash", "a", 2), life("start", "a", 3), life("crash", "b", 4)]
    })
    const spans = withClass(page, "life").map(({ attributes }) =>
      ["tip", "a", "b"].map((name) => attributes.get(`data-${name}`))
    )
    expect(spans).toEqual([
      ["a", "0", "1"],
      ["a", "2", "4"],
      ["b", "-1", "3"]
    ])
  })

  it("shows a node's status as spans that change with its first two words", () => {
    const status = (text: string): TraceEvent => ({ at: 1, node: "a", kind: "input", what: "x", status: text })
    const page = drawTrace({
      title: "",
      nodes: ["a"],
      events: [status("follower t1 head 1"), status("follower t1 head 2"), status("leader t2 head 2")]
    })
    expect(withClass(page, "state").map(({ attributes }) => attributes.get("data-tip"))).toEqual([
      "a: follower t1",
      "a: leader t2"
    ])
  })

  it("shows how long a fault lasted, and a pause at its node", () => {
    const fault = (what: string): TraceEvent => ({ at: 1, node: "", kind: "fault", what })
    const page = drawTrace({
      title: "",
      nodes: ["a", "b"],
      events: [
        fault("cut, until 30, links a>b"),
        fault("pause, node b, until 20"),
        fault("end of pause"),
        fault("end of cut"),
        fault("crash, node a")
      ]
    })
    const spans = (name: string) =>
      withClass(page, name).map(({ attributes }) => [attributes.get("data-a"), attributes.get("data-b")])
    expect(spans("lasting")).toEqual([
      ["0", "3"],
      ["1", "2"]
    ])
    expect(spans("pause")).toEqual([["1", "2"]])
  })

  it("shows the violation at its place, and the plan", () => {
    const text = (name: string) =>
      parse(html).find(({ attributes, name: tag }) => attributes.get("id") === name || tag === name)?.text
    expect(text("violation")).toBe("S4 leader completeness n3 lacks a block")
    expect(text("aside")).toContain("scenario chain, seed 7")
    expect(text("aside")).toContain("at 3, name propose, seed 9")
    const data = (page: string) =>
      JSON.parse(parse(page).find(({ attributes }) => attributes.get("id") === "data")?.text ?? "")
    expect(data(html).after).toBe(events.length - 1)
    const at = events[200]?.at ?? 0
    const early = drawTrace({ ...drawing, failure: { invariant: "x", what: "y", at } })
    expect(data(early).after).toBe(events.findLastIndex((event) => event.at <= at))
    expect(data(drawTrace({ title: "", nodes: [], events })).after).toBeUndefined()
  })

  it("tells what led to an event", () => {
    const at = (node: string, kind: TraceKind, what: string, more: Partial<TraceEvent> = {}): TraceEvent => ({
      at: 1,
      node,
      kind,
      what,
      ...more
    })
    const page = drawTrace({
      title: "",
      nodes: ["a", "b"],
      events: [
        at("a", "input", "Propose"),
        at("a", "output", "Send Append"),
        at("a", "send", "Append", { message: 1, to: "b" }),
        at("b", "deliver", "Append", { message: 1, from: "a" }),
        at("b", "input", "Tick"),
        at("b", "input", "Append", { status: "follower" }),
        at("b", "output", "Persist"),
        at("b", "effect", "Persist")
      ]
    })
    const data = JSON.parse(parse(page).find(({ attributes }) => attributes.get("id") === "data")?.text ?? "")
    expect(data.events.map(({ cause }: { readonly cause?: number }) => cause)).toEqual([
      undefined,
      0,
      0,
      2,
      undefined,
      3,
      5,
      6
    ])
    expect(data.events.map(({ echo }: { readonly echo?: number }) => echo)).toEqual([
      undefined,
      2,
      undefined,
      undefined,
      5,
      3,
      undefined,
      undefined
    ])
    expect(data.events[3].status).toBe("follower")
  })

  it("is drawn of any events whatever is written in them, and none of it becomes part of the page", () => {
    const plain = parse(drawTrace({ title: "", nodes: [], events: [] }))
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 12 }),
        fc.array(nasty, { maxLength: 3 }),
        nasty,
        (all, names, title) => {
          const page = drawTrace({ title, nodes: names, events: all, failure: { invariant: title, what: title } })
          const elements = parse(page)
          const scripts = elements.filter(({ name }) => name === "script")
          expect(scripts).toHaveLength(2)
          expect(scripts[1]?.text).toBe(plain.filter(({ name }) => name === "script")[1]?.text)
          expect(JSON.parse(scripts[0]?.text ?? "").events.map(({ what }: TraceEvent) => what)).toEqual(
            all.map(({ what }) => what)
          )
          expect(
            elements.filter(({ attributes }) => [...attributes.keys()].some((name) => name.startsWith("on")))
          ).toEqual([])
        }
      ),
      { numRuns: 100 }
    )
  })

  it("draws 2000 events in less than two megabytes", () => {
    const long = sampleTrace(7, 2000)
    expect(drawTrace({ title: "long", ...long }).length).toBeLessThan(2_000_000)
  })
})
