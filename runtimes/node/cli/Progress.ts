import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** What is asked of the stream of a terminal. */
export interface TerminalStream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly write: (text: string) => unknown
}

/** How long a command may take before its progress is shown, and how often the line changes then, in milliseconds. */
const [delayMs, intervalMs] = [700, 100]

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u
const withoutWidth = /[\p{Mn}\p{Me}\p{Cf}]/u

/** The columns that a character takes, or more where it joins others: a line that is too short is no harm. */
const widthOf = (character: string): number => (withoutWidth.test(character) ? 0 : wide.test(character) ? 2 : 1)

/** What a terminal would take for a command is no text. */
const oneLine = (text: string, columns: number): string => {
  let shown = ""
  let width = 0
  for (const character of text.replace(/\p{Cc}+/gu, " ")) {
    width += widthOf(character)
    if (width > columns) break
    shown += character
  }
  return shown
}

/**
 * One line at the foot of a terminal that is written over, and of which nothing stays.
 *
 * **Details**
 *
 * Whoever else writes to the terminal hides it first; it comes back when it is next shown. A stream that is no terminal never
 * gets anything.
 */
export class StatusLine {
  readonly #stream: TerminalStream
  #shown: string | undefined

  constructor(stream: TerminalStream) {
    this.#stream = stream
  }

  get isLive(): boolean {
    return this.#stream.isTTY === true
  }

  show(text: string): void {
    if (!this.isLive) return
    const shown = oneLine(text, (this.#stream.columns || 80) - 1)
    if (shown === this.#shown) return
    this.#shown = shown
    this.#stream.write(`\r\u001b[K${shown}`)
  }

  hide(): void {
    if (this.#shown === undefined) return
    this.#shown = undefined
    this.#stream.write("\r\u001b[K")
  }
}

/** The line of this process, on stderr. */
export const statusLine = new StatusLine(process.stderr)

/** Takes how the line is made from now on. It is made only when it is shown. */
export type Doing = (text: () => string) => void

/** Where the progress of a command goes; one that is `silent` shows none. */
export interface ProgressOptions {
  readonly silent: boolean
  readonly line?: StatusLine
}

/**
 * Runs a command that may take a while, and shows on the terminal how far it is.
 *
 * **Details**
 *
 * The line appears when the command has gone on for {@link delayMs} and has said what it does, and is gone when the command
 * ends, however it ends.
 */
export const withProgress = <A, E, R>(
  { line = statusLine, silent }: ProgressOptions,
  command: (doing: Doing) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    if (silent || !line.isLive) return command(() => undefined)
    let text: (() => string) | undefined
    const painting = Effect.gen(function* () {
      yield* Effect.sleep(delayMs)
      while (true) {
        if (text !== undefined) line.show(text())
        yield* Effect.sleep(intervalMs)
      }
    })
    const doing: Doing = (next) => {
      text = next
    }
    return Effect.flatMap(Effect.forkChild(painting), (painter) =>
      Effect.ensuring(
        command(doing),
        Effect.andThen(
          Fiber.interrupt(painter),
          Effect.sync(() => line.hide())
        )
      )
    )
  })

/** The line of a command that does one thing, and for how long: `opening the store … 3 s`. */
export const waitingFor = (what: string): (() => string) => {
  const started = performance.now()
  return () => `${what} … ${Math.floor((performance.now() - started) / 1000)} s`
}

/** How often a rate is measured anew, in milliseconds. */
const rateMs = 1000

/** Measures how many there are of something a second lately, as text: `1200/s`. */
export const makeRate = (): ((count: number) => string) => {
  let [at, before, rate] = [performance.now(), 0, 0]
  let isMeasured = false
  return (count) => {
    const passed = performance.now() - at
    if (passed >= rateMs || !isMeasured) rate = ((count - before) * 1000) / Math.max(passed, 1)
    if (passed >= rateMs) [at, before, isMeasured] = [performance.now(), count, true]
    return `${Math.round(rate)}/s`
  }
}
