import { lanesOf, lastingFaults } from "./DrawTraceLanes.ts"
import { traceScript } from "./DrawTraceScript.ts"
import { traceStyle } from "./DrawTraceStyle.ts"
import { columnsOf, drawLanes } from "./DrawTraceSvg.ts"
import { escapeHtml, messageColours, messageKind } from "./DrawTraceText.ts"
import type { Plan } from "./Plan.ts"
import { causesOf } from "./TraceCauses.ts"
import type { TraceEvent, TraceKind } from "./TraceEvent.ts"
import { glyphs } from "./TraceGlyphs.ts"

/** What the run violated, and when: without `at` after its last event. */
export interface DrawnFailure {
  readonly invariant: string
  readonly what: string
  readonly at?: number | undefined
}

/**
 * What is drawn.
 *
 * **Details**
 *
 * `nodes` gives the order of the nodes' lines; nodes of which only events tell come after them. `plan` is shown beside the
 * drawing.
 */
export interface Drawing {
  readonly title: string
  readonly nodes: ReadonlyArray<string>
  readonly events: ReadonlyArray<TraceEvent>
  readonly failure?: DrawnFailure | undefined
  readonly plan?: Plan | undefined
}

const letterWidth = 7.4

/** Data in a script element: nothing in it can end the element. */
const asData = (value: unknown): string => JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escapeUnit)

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`

const span = (name: string, text: string): string => `<span class="${name}">${escapeHtml(text)}</span>`

const row = (event: TraceEvent, index: number, colour: number | undefined, status: string | undefined): string => {
  const { at, from, kind, message, node, to, what } = event
  const end = to ?? from
  const dot = colour === undefined ? "" : `<i class="dot c${colour}"></i>`
  const number = message === undefined ? "" : span("number", `#${message}`)
  return (
    `<div class="row ${kind}" id="e${index}">${span("time", `${at}`)}<span></span>${span("node", node)}` +
    `${span("glyph", glyphs[kind].glyph)}<span class="what">${end === undefined ? "" : span("end", end)}${number}${dot}` +
    `${span("label", what)}</span>${span("status", status ?? "")}</div>`
  )
}

/** How often each appears, the most frequent first. */
const counted = <A>(items: ReadonlyArray<A>): ReadonlyArray<readonly [A, number]> => {
  const counts = new Map<A, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}

const chip = (name: string, value: string, sign: string, text: string, count: number, on: boolean): string =>
  `<button type="button" class="chip" data-${name}="${escapeHtml(value)}" aria-pressed="${on}">${sign}` +
  `${escapeHtml(text)}<small>${count}</small></button>`

const chips = (events: ReadonlyArray<TraceEvent>, colours: ReadonlyMap<string, number>, echoes: number): string => {
  const messages = counted(events.filter(({ kind }) => kind === "send").map(({ what }) => messageKind(what)))
  const kinds = counted<TraceKind>(events.map(({ kind }) => kind))
  return [
    ...messages.map(([kind, count]) =>
      chip("message", kind, `<i class="dot c${colours.get(kind) ?? 0}"></i>`, kind, count, true)
    ),
    '<span class="gap"></span>',
    ...kinds.map(([kind, count]) =>
      chip("kind", kind, `<i>${escapeHtml(glyphs[kind].glyph)}</i>`, glyphs[kind].means, count, true)
    ),
    ...(echoes > 0 ? [chip("echoes", "echoes", "", "repeated lines", echoes, false)] : [])
  ].join("")
}

const list = (title: string, items: ReadonlyArray<string>): string =>
  items.length === 0
    ? ""
    : `<details><summary>${escapeHtml(title)}<small>${items.length}</small></summary><ol>${items
        .map((item) => `<li>${escapeHtml(item)}</li>`)
        .join("")}</ol></details>`

const showParts = (part: object): string =>
  Object.entries(part)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(" ") : value}`)
    .join(", ")

const showPlan = (plan: Plan | undefined): string => {
  if (plan === undefined) return ""
  const { chances = [], faults = [], knobs = {}, moves = [], scenario, seed } = plan
  return [
    `<section class="plan"><h2>Plan</h2><p>scenario <b>${escapeHtml(scenario)}</b>, seed <b>${seed}</b></p>`,
    list(
      "knobs",
      Object.entries(knobs).map(([name, value]) => `${name} ${value}`)
    ),
    list("timed faults", faults.map(showParts)),
    list("moves", moves.map(showParts)),
    list("chances", chances.map(showParts)),
    `<details><summary>as JSON</summary><pre>${escapeHtml(JSON.stringify(plan, undefined, 1))}</pre></details></section>`
  ].join("")
}

const keys = `<section class="keys"><h2>Keys</h2><dl>
<dt>← →</dt><dd>the event before, the next</dd>
<dt>⇧← ⇧→</dt><dd>the same, of this node</dd>
<dt>c</dt><dd>what led to it</dd>
<dt>/ n p</dt><dd>search, next and previous match</dd>
<dt>+ − 0</dt><dd>zoom</dd>
<dt>f</dt><dd>the failure</dd>
<dt>esc</dt><dd>let go</dd>
</dl><p>Click an event or a message: what led to it lights up.</p></section>`

const facts = (nodes: number, events: ReadonlyArray<TraceEvent>): string => {
  const first = events[0]?.at ?? 0
  const last = events.at(-1)?.at ?? 0
  return `${nodes} nodes · ${events.length} events · ${first} to ${last} ms`
}

/**
 * Draws a run as a space-time diagram: one HTML file that needs nothing else.
 *
 * **When to use**
 *
 * For a failure that the table alone does not explain: who knew what when is a matter of arrows.
 *
 * **Details**
 *
 * Time goes down; each event has a line of its own, with the same line of the table beside it. Nodes are vertical lines,
 * broken while they are dead and hatched while they are paused; their status is a bar in the colour of its first word.
 * Messages are arrows in the colour of their kind, and end with a cross where they are lost. Faults, moves and marks stand
 * in the first column, the violation in red at its place. An event that is chosen lights up what led to it; search, zoom,
 * filters and keys are told beside it. It follows the reader's light or dark scheme.
 *
 * Use it for up to a few thousand events: of longer runs, draw the end.
 */
export const drawTrace = ({ events, failure, nodes, plan, title }: Drawing): string => {
  const { causes, echoes, passages } = causesOf(events)
  const lanes = lanesOf(nodes, events)
  const columns = columnsOf(lanes.length)
  const colours = messageColours(events)
  const statuses = events.map(({ status }) => status)
  for (const [echo, of] of echoes) statuses[of] ??= statuses[echo]
  const rows = events.map((event, index) => {
    const isMessage = event.message !== undefined
    return row(event, index, isMessage ? colours.get(messageKind(event.what)) : undefined, statuses[index])
  })
  const longest = Math.max(4, ...lanes.map(({ node }) => node.length))
  const names = Math.min(160, Math.round(longest * letterWidth) + 14)
  const heads = lanes.map(({ node }, at) => {
    const left = columns.x(at) - columns.width / 2
    return `<b style="left:${left}px;width:${columns.width}px">${escapeHtml(node)}</b>`
  })
  const after =
    failure?.at === undefined ? events.length - 1 : events.findLastIndex(({ at }) => at <= (failure.at ?? at))
  const data = {
    events: events.map((event, index) => ({
      ...event,
      status: statuses[index],
      cause: causes[index],
      echo: echoes.get(index),
      group: event.message === undefined ? undefined : messageKind(event.what)
    })),
    after: failure === undefined ? undefined : after
  }
  return [
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8" />',
    '<meta name="viewport" content="width=device-width, initial-scale=1" />',
    `<title>${escapeHtml(title)}</title>\n<style>${traceStyle}</style></head>\n`,
    `<body style="--diagram:${columns.total}px;--names:${names}px"><header><div class="top"><h1>${escapeHtml(title)}</h1>`,
    `<p>${facts(lanes.length, events)}</p><span class="gap"></span>`,
    '<input id="search" type="search" placeholder="Search (/)" aria-label="Search" /><output id="found"></output>',
    '<span class="zoom"><button type="button" id="out" aria-label="Smaller">−</button>',
    '<button type="button" id="in" aria-label="Larger">+</button></span></div>',
    failure === undefined
      ? ""
      : `<button type="button" class="failure" id="go"><b>${escapeHtml(failure.invariant)}</b> ${escapeHtml(failure.what)}</button>`,
    `<div class="chips">${chips(events, colours, echoes.size)}</div></header>\n`,
    '<main id="scroll" tabindex="0"><div class="heads"><span class="time">ms</span>',
    `<div class="lanes"><b class="faults">faults, moves</b>${heads.join("")}</div>`,
    '<span class="columns">node, event</span><span class="columns">status</span></div>',
    `<div id="canvas"><div id="rows">\n${rows.join("\n")}\n</div>\n`,
    drawLanes({ events, lanes, passages, colours, faults: lastingFaults(events), columns }),
    failure === undefined
      ? ""
      : `<div id="violation"><b>${escapeHtml(failure.invariant)}</b> ${escapeHtml(failure.what)}</div>`,
    '</div></main><div id="strip"></div>\n',
    `<aside><section id="details"></section>${showPlan(plan)}${keys}</aside><div id="tip"></div>\n`,
    `<script type="application/json" id="data">${asData(data)}</script>\n<script>${traceScript}</script></body></html>\n`
  ].join("")
}
