import { describe, expect, it } from "vitest"
import { type Command, decide, evolve, noOrder, type Order, Refused } from "../../examples/orders/Order.ts"

const after = (...commands: ReadonlyArray<Command>): Order =>
  commands.reduce((order, command) => {
    const event = decide(order, command)
    return event === undefined ? order : evolve(order, event, order.version + 1)
  }, noOrder)

const placed: Command = { _tag: "Placed", customer: "Josef", items: [{ article: "spool", count: 2 }] }
const paid: Command = { _tag: "Paid", payment: "p-1" }
const shipped: Command = { _tag: "Shipped", parcel: "x-9" }
const cancelled: Command = { _tag: "Cancelled", why: "late" }

describe("an order of the examples", () => {
  it("is placed, paid and shipped, in this order", () => {
    expect(after(placed, paid, shipped).version).toBe(3)
    expect(() => decide(noOrder, paid)).toThrow("The order is not placed.")
    expect(() => decide(after(placed), shipped)).toThrow("The order is not paid.")
  })

  it("is cancelled until it is shipped, and then nothing else happens to it", () => {
    expect(() => decide(after(placed, paid, cancelled), shipped)).toThrow("The order is cancelled.")
    expect(() => decide(after(placed, cancelled), paid)).toThrow(Refused)
    expect(() => decide(after(placed, paid, shipped), cancelled)).toThrow("The order is shipped.")
  })

  it("has nothing to do for what has happened already, and refuses what is like it and not the same", () => {
    expect(after(placed, placed, paid, paid).version).toBe(2)
    expect(decide(after(placed, paid), structuredClone(paid))).toBeUndefined()
    expect(() => decide(after(placed, paid), { _tag: "Paid", payment: "p-2" })).toThrow(Refused)
  })
})
