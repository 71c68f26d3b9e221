import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "@effect/vitest"
import { MemoryGroup, MemoryLog, MemoryStore } from "../../adapters/memory/index.ts"
import { jsonPayload, makeJournals, replicate } from "../../core/journal/index.ts"
import { JournalStoreError } from "../../core/ports/index.ts"
import type { JournalStore } from "../../core/ports/index.ts"
import { prometheusText } from "../../runtimes/node/EffectMetrics.ts"
import { projectRoot } from "../house/Command.ts"
import { readText } from "../house/Tree.ts"
import { parsePrometheus } from "../runtimes/node/PrometheusText.ts"

interface Dashboard {
  readonly schemaVersion: number
  readonly panels: ReadonlyArray<{
    readonly id: number
    readonly title: string
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
    readonly targets: ReadonlyArray<{ readonly refId: string; readonly expr: string }>
  }>
}

const dashboard = JSON.parse(readText(projectRoot, "docs/grafana/replicator.json")) as Dashboard
const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

const topic = "orders"

/** Everything that a replicator exports which was in a group, had a store that failed, and met two writers. */
const exported = Effect.gen(function* () {
  const log = MemoryLog.make({ partitions: { [topic]: 1 } })
  const inner = MemoryStore.make()
  const down = new JournalStoreError({ reason: "Unreachable", operation: "write", message: "It is down." })
  let failures = 1
  const store: JournalStore = {
    ...inner,
    write: (steps) => Effect.suspend(() => (failures-- > 0 ? Effect.fail(down) : inner.write(steps)))
  }
  const journal = makeJournals({ log, store: inner, topic, payload: jsonPayload }).journal("a")
  yield* journal.append([{ payload: 1 }])
  yield* journal.append([{ payload: 2, seqNr: 1 }])
  const group = yield* MemoryGroup.make({ id: "g", log })
  const { status } = yield* replicate({ log, store, topics: [topic], group, commitMs: 10 })
  while (status()[0]?.lag !== 0) yield* TestClock.adjust(10)
  yield* TestClock.adjust(100)
  return parsePrometheus(yield* prometheusText())
}).pipe(Effect.provideService(Metric.MetricRegistry, new Map()), Effect.provide(Logger.layer([])))

describe("the dashboard for Grafana", () => {
  it.effect("asks only for metrics that a replicator exports, by labels that they have", () =>
    Effect.gen(function* () {
      const families = yield* exported
      const labelsOf = new Map<string, ReadonlySet<string>>()
      for (const { samples } of families.values()) {
        for (const { labels, name } of samples) {
          labelsOf.set(name, new Set([...(labelsOf.get(name) ?? []), ...Object.keys(labels)]))
        }
      }
      expect(queries.length).toBeGreaterThan(20)
      for (const query of queries) {
        const names = [...query.matchAll(/\breplicator_\w+/g)].map(([name]) => name)
        expect(names.length, query).toBeGreaterThan(0)
        const grouped = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = ""]) => labels.split(/, */))
        const matched = [...query.matchAll(/\{(\w+)=~/g)].map(([, label]) => label)
        for (const name of names) {
          expect([...labelsOf.keys()], query).toContain(name)
          for (const label of [...grouped, ...matched]) {
            // What scrapes adds where a sample comes from.
            if (label !== "instance") expect([...(labelsOf.get(name) ?? [])], query).toContain(label)
          }
        }
      }
    })
  )

  it.effect("shows each metric that a replicator exports", () =>
    Effect.gen(function* () {
      const asked = new Set(queries.join(" ").match(/\breplicator_\w+?(?=(_bucket|_sum|_count)?\b)/g))
      const own = [...(yield* exported).keys()].filter((name) => name.startsWith("replicator_"))
      expect(own.filter((name) => !asked.has(name))).toEqual([])
    })
  )

  it.effect("stands beside a page that says of each metric what it is", () =>
    Effect.gen(function* () {
      const page = readText(projectRoot, "docs/replicator.md")
      const own = [...(yield* exported).keys()].filter((name) => name.startsWith("replicator_"))
      expect(own.length).toBeGreaterThan(15)
      expect(own.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
    })
  )

  it.effect("has its panels side by side, each with a title and queries of its own", () =>
    Effect.sync(() => {
      const { panels, schemaVersion } = dashboard
      expect(schemaVersion).toBeGreaterThanOrEqual(39)
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
      expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
      const cells = panels.flatMap(({ gridPos: { h, w, x, y } }) =>
        Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`)
      )
      expect(new Set(cells).size).toBe(cells.length)
      expect(panels.every(({ gridPos: { w, x } }) => x + w <= 24)).toBe(true)
    })
  )
})
