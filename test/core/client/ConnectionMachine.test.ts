import { describe, expect, it } from "vitest"
import {
  connectionMachine,
  type ConnectionInput,
  type ConnectionOutput,
  openConnection
} from "../../../core/client/index.ts"

const request = (): Uint8Array => new Uint8Array(20)

const response = (correlationId: number, body = 0): Uint8Array => {
  const bytes = new Uint8Array(9)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, 5)
  view.setInt32(4, correlationId)
  bytes[8] = body
  return bytes
}

const send = (id: number, timeoutMs = 1000): ConnectionInput => ({ _tag: "Send", id, frame: request(), timeoutMs })
const received = (...parts: ReadonlyArray<Uint8Array>): ConnectionInput => ({
  _tag: "Received",
  bytes: Uint8Array.from(parts.flatMap((part) => [...part]))
})

/** What the machine puts out for each input, drawn as text. */
const run = (inputs: ReadonlyArray<ConnectionInput>) => {
  let state = openConnection()
  const lines = inputs.map((input) => {
    const [next, outputs] = connectionMachine.step(state, input)
    state = next
    return outputs.map(draw).join(", ")
  })
  return { lines, wakeAt: connectionMachine.wakeAt(state) }
}

const draw = (output: ConnectionOutput): string => {
  switch (output._tag) {
    case "Write":
      return `write ${new DataView(output.frame.buffer).getInt32(8)}`
    case "Answered":
      return `answered ${output.id} with ${output.response[4]}`
    case "Failed":
      return `failed ${output.id} ${output.reason}`
    case "Read":
      return "read"
    case "Close":
      return "close"
  }
}

const tick = (now: number): ConnectionInput => ({ _tag: "Tick", now })

describe("connectionMachine", () => {
  it("sends requests one behind the other, each with a correlation id of its own", () => {
    expect(run([tick(1), send(7), send(8)]).lines).toEqual(["read", "write 1", "write 2"])
  })

  it("finds the request of each response, also when several come at once or in pieces", () => {
    const second = response(2, 22)
    const { lines } = run([
      tick(1),
      send(7),
      send(8),
      received(response(1, 11), second.subarray(0, 6)),
      received(second.subarray(6))
    ])
    expect(lines.slice(3)).toEqual(["answered 7 with 11, read", "answered 8 with 22, read"])
  })

  it("closes, and fails everything in flight, when a response answers another request", () => {
    expect(run([tick(1), send(7), send(8), received(response(2))]).lines[3]).toBe(
      "failed 7 Malformed, failed 8 Malformed, close"
    )
  })

  it("closes when a response comes that nobody asked for", () => {
    expect(run([tick(1), received(response(1))]).lines[1]).toBe("close")
  })

  it("closes when a frame's length cannot be", () => {
    expect(run([tick(1), send(7), received(new Uint8Array([255, 255, 255, 255]))]).lines[2]).toBe(
      "failed 7 Malformed, close"
    )
  })

  it("fails an overdue request as timed out and those behind it as closed", () => {
    const { lines } = run([tick(1), send(7, 100), send(8, 900), tick(101)])
    expect(lines[3]).toBe("failed 7 TimedOut, failed 8 Closed, close")
  })

  it("wakes for the earliest deadline", () => {
    expect(run([tick(10), send(7, 900), send(8, 100)]).wakeAt).toBe(110)
    expect(run([tick(10)]).wakeAt).toBeUndefined()
  })

  it("reads past the answer to a request that was abandoned", () => {
    const { lines } = run([
      tick(1),
      send(7),
      send(8),
      { _tag: "Abandon", id: 7 },
      received(response(1), response(2, 5))
    ])
    expect(lines[4]).toBe("answered 8 with 5, read")
  })

  it("fails everything in flight when the connection breaks, and every later request", () => {
    const broken: ConnectionInput = { _tag: "Broken", reason: "Closed", detail: "gone" }
    expect(run([tick(1), send(7), broken, send(8), broken]).lines.slice(2)).toEqual([
      "failed 7 Closed, close",
      "failed 8 Closed",
      ""
    ])
  })

  it("closes when it is idle, but not while an answer is awaited", () => {
    expect(run([tick(1), send(7), { _tag: "Idle" }]).lines[2]).toBe("read")
    expect(run([tick(1), { _tag: "Idle" }]).lines[1]).toBe("close")
  })
})
