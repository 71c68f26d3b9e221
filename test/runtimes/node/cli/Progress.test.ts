import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { vi } from "vitest"
import { type Doing, makeRate, StatusLine, waitingFor, withProgress } from "../../../../runtimes/node/cli/Progress.ts"

/** A terminal that keeps what is written to it, or a pipe that does. */
const stream = (isTTY: boolean, columns: number | undefined = 80) => {
  const written: Array<string> = []
  return { isTTY, columns, written, write: (text: string) => written.push(text) }
}

const [clear, hidden] = ["\r\u001b[K", "\r\u001b[K"]

/** A command that says what it does and goes on until it is interrupted. */
const working = (doing: Doing) => {
  let asked = 0
  doing(() => `step ${++asked}`)
  return Effect.never
}

describe("StatusLine", () => {
  it("writes over what it showed before, where that is something else, and leaves nothing behind", () => {
    const terminal = stream(true)
    const line = new StatusLine(terminal)
    line.show("one")
    line.show("two")
    line.show("two")
    line.hide()
    line.hide()
    line.show("two")
    expect(terminal.written).toEqual([`${clear}one`, `${clear}two`, hidden, `${clear}two`])
  })

  it("never takes more than one line of the terminal, whatever the text", () => {
    const terminal = stream(true, 10)
    const line = new StatusLine(terminal)
    line.show("123456789012345")
    line.show("two\nlines\u001b[2J")
    line.show("日本語日本語")
    expect(terminal.written).toEqual([`${clear}123456789`, `${clear}two lines`, `${clear}日本語日`])
  })

  it("takes a terminal that does not know its width for one of 80 columns", () => {
    const terminal = stream(true, 0)
    new StatusLine(terminal).show("x".repeat(100))
    expect(terminal.written).toEqual([`${clear}${"x".repeat(79)}`])
  })

  it("writes nothing to what is no terminal", () => {
    const pipe = stream(false)
    const line = new StatusLine(pipe)
    line.show("one")
    line.hide()
    expect(pipe.written).toEqual([])
  })
})

describe("withProgress", () => {
  it.effect("shows nothing of a command that is done at once", () =>
    Effect.gen(function* () {
      const terminal = stream(true)
      const options = { silent: false, line: new StatusLine(terminal) }
      const result = yield* withProgress(options, (doing) => {
        doing(() => "working")
        return Effect.succeed(1)
      })
      expect(result).toBe(1)
      expect(terminal.written).toEqual([])
    })
  )

  it.effect(
    "shows a command that goes on within a second, anew ten times a second, and clears the line at its end",
    () =>
      Effect.gen(function* () {
        const terminal = stream(true)
        const options = { silent: false, line: new StatusLine(terminal) }
        const command = yield* Effect.forkChild(withProgress(options, working), { startImmediately: true })
        yield* TestClock.adjust(1000)
        expect(terminal.written).toEqual(["step 1", "step 2", "step 3", "step 4"].map((text) => `${clear}${text}`))
        yield* Fiber.interrupt(command)
        expect(terminal.written.at(-1)).toBe(hidden)
        const { length } = terminal.written
        yield* TestClock.adjust(1000)
        expect(terminal.written.length).toBe(length)
      })
  )

  it.effect("clears the line also when the command fails", () =>
    Effect.gen(function* () {
      const terminal = stream(true)
      const options = { silent: false, line: new StatusLine(terminal) }
      const failing = withProgress(options, (doing) => {
        doing(() => "working")
        return Effect.andThen(Effect.sleep(1000), Effect.fail("broken"))
      })
      const command = yield* Effect.forkChild(Effect.flip(failing), { startImmediately: true })
      yield* TestClock.adjust(1000)
      expect(yield* Fiber.join(command)).toBe("broken")
      expect(terminal.written.at(-2)).toBe(`${clear}working`)
      expect(terminal.written.at(-1)).toBe(hidden)
    })
  )

  it.effect.each([
    ["that is silent", true, true],
    ["whose stderr is no terminal", false, false]
  ] as const)("shows nothing of a command %s, and never makes the line", ([, silent, isTTY]) =>
    Effect.gen(function* () {
      const terminal = stream(isTTY)
      const options = { silent, line: new StatusLine(terminal) }
      let made = 0
      const command = withProgress(options, (doing) => {
        doing(() => String(++made))
        return Effect.never
      })
      yield* Effect.forkChild(command, { startImmediately: true })
      yield* TestClock.adjust(5000)
      expect({ made, written: terminal.written }).toEqual({ made: 0, written: [] })
    })
  )
})

describe("what a line says", () => {
  it("of a wait is for how many seconds it has gone on", () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(1000)
    const line = waitingFor("opening the store")
    now.mockReturnValue(4999)
    expect(line()).toBe("opening the store … 3 s")
    now.mockRestore()
  })

  it("of a rate is that of the last second, not of all time", () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(0)
    const rate = makeRate()
    now.mockReturnValue(500)
    expect(rate(100)).toBe("200/s")
    now.mockReturnValue(1000)
    expect(rate(200)).toBe("200/s")
    now.mockReturnValue(1100)
    expect(rate(900)).toBe("200/s")
    now.mockReturnValue(2000)
    expect(rate(1200)).toBe("1000/s")
    now.mockReturnValue(3000)
    expect(rate(1200)).toBe("0/s")
    now.mockRestore()
  })
})
