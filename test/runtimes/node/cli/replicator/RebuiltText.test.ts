import { expect, it } from "vitest"
import { rebuiltText } from "../../../../../runtimes/node/cli/replicator/RebuildCommand.ts"

const place = { topic: "orders", partition: 3 }

it.each([
  [{ pointer: 9, from: undefined }, "orders-3: the new store has everything up to offset 9"],
  [{ pointer: 9, from: 7 }, "orders-3: the new store has everything up to offset 9, the old one up to 7"],
  [{ pointer: undefined, from: undefined }, "orders-3: nothing was replicated, as the log has nothing of it"]
])("what was rebuilt with %j is said in a line", (rebuilt, said) => {
  expect(rebuiltText({ ...place, ...rebuilt })).toBe(said)
})
