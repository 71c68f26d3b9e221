/** What a drawing does: it lays out the lines, lights up causes, searches, zooms and filters. Plain JavaScript of a browser. */
export const traceScript = String.raw`
"use strict"
const { events, after } = JSON.parse(document.getElementById("data").textContent)
const byId = (id) => document.getElementById(id)
const all = (selector) => Array.from(document.querySelectorAll(selector))
const scroll = byId("scroll"), canvas = byId("canvas"), drawing = byId("drawing"), violation = byId("violation")
const strip = byId("strip"), details = byId("details"), tip = byId("tip"), search = byId("search")
const rows = events.map((_, at) => byId("e" + at))
const number = (element, name) => Number(element.dataset[name])
const messages = all(".msg").map((element) => ({ element, a: number(element, "a"), b: number(element, "b"), x: number(element, "x"),
  to: number(element, "to"), hit: element.children[0], line: element.children[1], head: element.children[2] }))
const bars = all(".bar").map((element) => ({ element, a: number(element, "a"), b: number(element, "b") }))
const labels = all("#drawing text").map((element) => ({ element, a: number(element, "a"), b: number(element, "b") }))
const signs = all(".sign").map((element) => ({ element, a: number(element, "a"), x: number(element, "x") }))
const effects = events.map(() => [])
events.forEach((event, at) => { if (event.cause !== undefined) effects[event.cause].push(at) })
const hiddenKinds = new Set(), hiddenGroups = new Set()
const y = new Float64Array(events.length)
let echoes = false, zoom = 20, height = 0, end = 0, chosen = -1, chain = new Set(), hits = []

const visible = (at) => {
  const event = events[at]
  return !hiddenKinds.has(event.kind) && !(event.group !== undefined && hiddenGroups.has(event.group)) && (echoes || event.echo === undefined)
}
const place = (at) => (at < 0 ? 0 : at >= events.length ? end : y[at])
const set = (element, values) => { for (const name in values) element.setAttribute(name, values[name]) }

const layOut = () => {
  let top = 8, last
  for (let at = 0; at < events.length; at++) {
    const shown = visible(at)
    rows[at].classList.toggle("gone", !shown)
    if (!shown) y[at] = top
    else {
      const passed = last === undefined ? 0 : events[at].at - last
      if (passed > 0) top += Math.min(zoom, (zoom / 9) * Math.log2(1 + passed))
      rows[at].classList.toggle("same", passed === 0 && last !== undefined)
      rows[at].style.top = top + "px"
      y[at] = top + zoom / 2
      top += zoom
      last = events[at].at
    }
    if (at === after) {
      violation.style.top = top + 6 + "px"
      top += 46
    }
  }
  if (after !== undefined && events.length === 0) top += 46
  height = top + 16
  end = after === events.length - 1 ? top - 40 : height
  canvas.style.height = height + "px"
  set(drawing, { height })
  document.body.style.setProperty("--row", zoom + "px")
  document.body.classList.toggle("tight", zoom < 12)
  for (const { element, a, b } of bars) {
    const from = place(a)
    set(element, { y: from, height: Math.max(2, place(b) - from) })
  }
  for (const { element, a, b } of labels) {
    element.setAttribute("y", place(a) + 4)
    element.style.display = place(b) - place(a) < 12 ? "none" : ""
  }
  for (const { element, a, x } of signs) {
    element.classList.toggle("gone", !visible(a))
    element.setAttribute("transform", "translate(" + x + " " + y[a] + ")")
  }
  for (const message of messages) drawMessage(message)
  drawStrip()
}

const drawMessage = ({ element, a, b, x, to, hit, line, head }) => {
  element.classList.toggle("gone", hiddenGroups.has(events[a].group))
  const lost = element.classList.contains("lost"), way = element.classList.contains("under-way")
  const from = y[a], end = place(b), side = Math.sign(to - x) || 1
  const part = lost ? 0.72 : way ? Math.min(1, 60 / Math.max(1, Math.abs(to - x))) : 1
  const x1 = x + side * 6
  const whole = to - side * 6
  const x2 = x1 + (whole - x1) * part
  const y2 = way ? Math.min(end, from + 20) : end
  for (const one of [hit, line]) set(one, { x1, y1: from, x2, y2 })
  const angle = lost ? 0 : (Math.atan2(y2 - from, x2 - x1) * 180) / Math.PI
  head.setAttribute("transform", "translate(" + x2 + " " + y2 + ") rotate(" + angle + ")")
}

const colours = { crash: "--bad", fault: "--warn", start: "--good", mark: "--good" }
const drawStrip = () => {
  strip.replaceChildren()
  const add = (at, colour) => {
    const one = document.createElement("i")
    one.style.cssText = "top:" + (at / height) * 100 + "%;background:var(" + colour + ")"
    strip.append(one)
  }
  const view = document.createElement("i")
  view.className = "view"
  strip.append(view)
  events.forEach((event, at) => { if (colours[event.kind] && visible(at)) add(y[at], colours[event.kind]) })
  for (const at of hits) add(y[at], "--accent")
  if (after !== undefined) add(violation.offsetTop + 16, "--bad")
  moveView()
}
const moveView = () => {
  const view = strip.firstChild
  if (!view) return
  view.style.top = (scroll.scrollTop / scroll.scrollHeight) * 100 + "%"
  view.style.height = (scroll.clientHeight / scroll.scrollHeight) * 100 + "%"
}
scroll.addEventListener("scroll", moveView)
strip.addEventListener("click", (event) => {
  const part = (event.clientY - strip.getBoundingClientRect().top) / strip.clientHeight
  scroll.scrollTop = part * height - scroll.clientHeight / 2
})

const describe = (at) => {
  const event = events[at], end = event.to ?? event.from
  const glyph = rows[at].querySelector(".glyph").textContent
  return [event.node, glyph, end, event.what, event.message === undefined ? "" : "#" + event.message].filter(Boolean).join(" ")
}
const element = (name, text, parent) => {
  const made = document.createElement(name)
  if (text !== undefined) made.textContent = text
  if (parent) parent.append(made)
  return made
}
const listEvents = (title, list) => {
  if (list.length === 0) return
  element("h2", title, details)
  const items = element("ul", undefined, details)
  for (const at of list.slice(0, 40)) {
    const item = element("li", undefined, items)
    element("small", events[at].at, item)
    item.append(describe(at))
    item.addEventListener("click", () => choose(at))
  }
  if (list.length > 40) element("p", list.length - 40 + " more", details)
}
const showDetails = () => {
  details.replaceChildren()
  if (chosen < 0) return
  const event = events[chosen]
  element("h2", "Event " + (chosen + 1) + " of " + events.length, details)
  element("h3", describe(chosen), details)
  const facts = element("dl", undefined, details)
  for (const name of ["at", "node", "kind", "from", "to", "message", "status"]) {
    if (event[name] === undefined || event[name] === "") continue
    element("dt", name, facts)
    element("dd", name === "at" ? event.at + " ms" : event[name], facts)
  }
  listEvents("Because of", [...chain].filter((at) => at < chosen && visible(at)).sort((a, b) => b - a))
  listEvents("Led to", effects[chosen].flatMap((at) => (visible(at) ? [at] : effects[at])).filter(visible))
}

const choose = (wanted, still) => {
  let at = wanted
  while (at >= 0 && !visible(at) && events[at].echo !== undefined) at = events[at].echo
  chosen = at
  chain = new Set()
  for (let one = at; one !== undefined && one >= 0 && !chain.has(one); one = events[one].cause) chain.add(one)
  const lit = new Set(chain)
  if (at >= 0) for (const next of effects[at]) if (events[at].kind === "send" || events[next].echo !== undefined) lit.add(next)
  document.body.classList.toggle("picked", at >= 0)
  rows.forEach((row, index) => {
    row.classList.toggle("on", lit.has(index))
    row.classList.toggle("at", index === at)
  })
  for (const { element, a, b } of messages) element.classList.toggle("on", lit.has(a) && (lit.has(b) || a === at || b >= events.length))
  for (const { element, a } of signs) element.classList.toggle("on", lit.has(a))
  showDetails()
  if (at >= 0 && !still) reveal(y[at])
}
const reveal = (top) => {
  const margin = Math.min(120, scroll.clientHeight / 4)
  if (top < scroll.scrollTop + margin || top > scroll.scrollTop + scroll.clientHeight - margin - 30) {
    scroll.scrollTop = top - scroll.clientHeight / 2
  }
}
const step = (by, same) => {
  const node = chosen < 0 ? undefined : events[chosen].node
  for (let at = chosen + by; at >= 0 && at < events.length; at += by) {
    if (chosen < 0 && by < 0) return
    if (visible(at) && (!same || events[at].node === node)) return choose(at)
  }
}
const causeOf = (at) => {
  let cause = at < 0 ? undefined : events[at].cause
  while (cause !== undefined && !visible(cause)) cause = events[cause].cause
  return cause
}

const texts = events.map((event, at) => (event.at + " " + event.kind + " " + describe(at) + " " + (event.status ?? "")).toLowerCase())
const find = () => {
  const wanted = search.value.trim().toLowerCase()
  hits = wanted === "" ? [] : texts.flatMap((text, at) => (text.includes(wanted) && visible(at) ? [at] : []))
  const found = new Set(hits)
  rows.forEach((row, at) => row.classList.toggle("hit", found.has(at)))
  showFound()
  drawStrip()
}
const showFound = () => {
  const at = hits.indexOf(chosen)
  byId("found").textContent = search.value.trim() === "" ? "" : (at < 0 ? "" : at + 1 + " of ") + hits.length
}
const nextHit = (by) => {
  if (hits.length === 0) return
  const next = by > 0 ? hits.find((at) => at > chosen) : hits.findLast((at) => at < chosen)
  choose(next ?? (by > 0 ? hits[0] : hits[hits.length - 1]))
  showFound()
}
search.addEventListener("input", find)
search.addEventListener("keydown", (event) => {
  event.stopPropagation()
  if (event.key === "Enter") nextHit(event.shiftKey ? -1 : 1)
  if (event.key === "Escape") { search.value = ""; find(); scroll.focus() }
})

const zoomTo = (size) => {
  const middle = scroll.scrollTop + scroll.clientHeight / 2
  let anchor = chosen
  if (anchor < 0) anchor = y.findIndex((top) => top >= middle)
  const offset = anchor < 0 ? 0 : y[anchor] - scroll.scrollTop
  zoom = Math.max(3, Math.min(44, size))
  layOut()
  if (anchor >= 0) scroll.scrollTop = y[anchor] - offset
}
const goToFailure = () => { if (violation) scroll.scrollTop = violation.offsetTop - scroll.clientHeight * 0.7 }
byId("in").addEventListener("click", () => zoomTo(zoom * 1.25))
byId("out").addEventListener("click", () => zoomTo(zoom / 1.25))
byId("go")?.addEventListener("click", goToFailure)
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const actions = {
    ArrowRight: () => step(1, event.shiftKey), ArrowLeft: () => step(-1, event.shiftKey),
    ArrowDown: () => step(1, event.shiftKey), ArrowUp: () => step(-1, event.shiftKey),
    c: () => { const cause = causeOf(chosen); if (cause !== undefined) choose(cause) },
    n: () => nextHit(1), p: () => nextHit(-1), f: goToFailure, "/": () => search.focus(),
    "+": () => zoomTo(zoom * 1.25), "=": () => zoomTo(zoom * 1.25), "-": () => zoomTo(zoom / 1.25), "0": () => zoomTo(20),
    Escape: () => choose(-1)
  }
  const action = actions[event.key]
  if (action === undefined) return
  event.preventDefault()
  action()
})

for (const chip of all(".chip")) chip.addEventListener("click", () => {
  const on = chip.getAttribute("aria-pressed") !== "true"
  chip.setAttribute("aria-pressed", on)
  const { kind, message } = chip.dataset
  if (kind !== undefined) hiddenKinds[on ? "delete" : "add"](kind)
  else if (message !== undefined) hiddenGroups[on ? "delete" : "add"](message)
  else echoes = on
  zoomTo(zoom)
  find()
})

byId("rows").addEventListener("click", (event) => {
  const row = event.target.closest(".row")
  if (row) choose(Number(row.id.slice(1)), true)
})
const near = (ends, on) => { for (const at of ends) rows[at]?.classList.toggle("near", on) }
for (const message of messages) {
  const { element, a, b } = message
  element.addEventListener("click", () => choose(b < events.length ? b : a, true))
  element.addEventListener("mouseenter", () => near([a, b], true))
  element.addEventListener("mouseleave", () => near([a, b], false))
}
const tipOf = (target) => {
  const message = target.closest(".msg")
  if (!message) return target.closest("[data-tip]")?.dataset.tip
  const a = number(message, "a"), b = number(message, "b"), sent = events[a], end = events[b]
  const fate = message.classList.contains("early") ? "" : !end ? "\non its way" :
    "\n" + (end.kind === "drop" ? "lost" : "arrived") + " after " + (end.at - sent.at) + " ms, at " + end.at + " ms"
  return describe(a) + "\nat " + sent.at + " ms" + fate
}
canvas.addEventListener("mousemove", (event) => {
  const text = tipOf(event.target)
  tip.style.display = text ? "block" : "none"
  if (!text) return
  tip.textContent = text
  tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px"
  tip.style.top = Math.min(event.clientY + 16, innerHeight - tip.offsetHeight - 8) + "px"
})
canvas.addEventListener("mouseleave", () => { tip.style.display = "none" })
addEventListener("resize", moveView)

const asked = new URLSearchParams(location.hash.slice(1))
layOut()
if (asked.has("q")) { search.value = asked.get("q"); find() }
if (asked.has("zoom")) zoomTo(Number(asked.get("zoom")))
if (asked.has("event")) choose(Number(asked.get("event")) - 1)
else if (violation) goToFailure()
scroll.focus()
`
