import { describe, expect, it } from "vitest"
import { WrongUse } from "../kills/Arguments.ts"
import { readOrder } from "./Arguments.ts"
import { serviceNames } from "./Service.ts"

describe("readOrder", () => {
  it("takes all servers where none is named", () => {
    expect(readOrder(["start"], [])).toEqual({ verb: "start", names: serviceNames })
  })

  it("starts servers again", () => {
    expect(readOrder(["restart", "kafka"], [])).toEqual({ verb: "restart", names: ["kafka"] })
  })

  it("starts those again that were started, where none is named", () => {
    expect(readOrder(["restart"], ["kafka", "postgres"])).toEqual({ verb: "restart", names: ["kafka", "postgres"] })
    expect(readOrder(["restart"], [])).toEqual({ verb: "restart", names: serviceNames })
    expect(readOrder(["stop"], ["kafka"])).toEqual({ verb: "stop", names: serviceNames })
    expect(readOrder(["restart", "dynamodb"], ["kafka"])).toEqual({ verb: "restart", names: ["dynamodb"] })
  })

  it("takes the servers that are named, each once", () => {
    expect(readOrder(["stop", "postgres", "kafka", "postgres"], [])).toEqual({
      verb: "stop",
      names: ["postgres", "kafka"]
    })
  })

  it("says what to give for anything else", () => {
    expect(() => readOrder([], [])).toThrow(new WrongUse("Nothing is asked for: give start, stop, restart or status."))
    expect(() => readOrder(["run"], [])).toThrow(new WrongUse("run is asked for: give start, stop, restart or status."))
    expect(() => readOrder(["start", "redis"], [])).toThrow(
      new WrongUse("redis is no server: give kafka, cassandra, dynamodb, postgres.")
    )
  })
})
