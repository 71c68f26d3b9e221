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
    case "Retire":
      return "retire"
    case "Close":
      return "close"
  }
}

const used: ConnectionInput = { _tag: "Progress", to: "Used" }

const tick = (now: number): ConnectionInput => ({ _tag: "Tick", now })

const greeted: ConnectionInput = { _tag: "Progress", to: "Greeted" }
const ended: ConnectionInput = { _tag: "Broken", reason: "Closed", detail: "gone" }

/** Why the last input fails a request. */
const whyFailed = (inputs: ReadonlyArray<ConnectionInput>) => {
  let state = openConnection()
  let failed: ReadonlyArray<string> | undefined
  for (const input of inputs) {
    const [next, outputs] = connectionMachine.step(state, input)
    state = next
    for (const output of outputs) if (output._tag === "Failed") failed = [output.reason, output.detail]
  }
  return failed
}

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
    expect(run([tick(1), used, send(7), received(new Uint8Array([255, 255, 255, 255]))]).lines[3]).toBe(
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
    expect(run([tick(1), used, send(7), broken, send(8), broken]).lines.slice(3)).toEqual([
      "failed 7 Closed, close",
      "failed 8 Closed",
      ""
    ])
  })

  it("closes when it is idle, but not while an answer is awaited", () => {
    expect(run([tick(1), send(7), { _tag: "Idle" }]).lines[2]).toBe("read")
    expect(run([tick(1), { _tag: "Idle" }]).lines[1]).toBe("close")
  })

  it("says of a broker that ends it before its first answer that one of the two may speak TLS", () => {
    expect(whyFailed([tick(1), send(7), ended])).toEqual(["Unwelcome", expect.stringContaining("TLS")])
  })

  it("says of a broker that ends it at the first request after its versions that it may want credentials", () => {
    const refused = [tick(1), send(7), received(response(1)), greeted, send(8), ended]
    expect(whyFailed(refused)).toEqual(["Unwelcome", expect.stringContaining("SASL")])
    const later = [tick(1), greeted, send(7), received(response(1)), send(8), ended]
    expect(whyFailed(later)).toEqual(["Closed", "gone"])
  })

  it("says of a port whose first bytes are none of Kafka's that it is another server's", () => {
    const from = (text: string): ConnectionInput => received(new TextEncoder().encode(text))
    expect(whyFailed([tick(1), send(7), from("HTTP/1.1 400 Bad Request")])).toEqual(["Foreign", "it answers in HTTP"])
    const postgres = from("EFATAL: unsupported frontend protocol")
    expect(whyFailed([tick(1), send(7), postgres])).toEqual(["Foreign", "it speaks another protocol"])
  })

  it("says of a broker that answers with an alert of TLS that it speaks TLS", () => {
    const alert = received(Uint8Array.of(0x15, 0x03, 0x03, 0, 2, 2, 10))
    expect(whyFailed([tick(1), send(7), alert])).toEqual(["Unwelcome", expect.stringContaining("an alert of TLS")])
  })

  it("is given up before it expires, and closed when what is in flight is answered", () => {
    const expire: ConnectionInput = { _tag: "Expire", afterMs: 1000 }
    const inputs = [tick(1), used, send(7, 5000), expire, tick(850), tick(851), received(response(1))]
    expect(run(inputs.slice(0, 4)).wakeAt).toBe(851)
    expect(run(inputs).lines.slice(4)).toEqual(["", "retire", "answered 7 with 0, close"])
    expect(run([tick(1), used, expire, tick(851)]).lines[3]).toBe("close")
  })
})
