/** How often the line may change, in milliseconds. */
const intervalMs = 100

/** A line that tells a person at a terminal how far a command is. Where stderr is no terminal, nothing is shown. */
export interface Progress {
  readonly show: (text: () => string) => void
  readonly clear: () => void
}

/** Makes a line on stderr that is overwritten as work goes on. */
export const makeProgress = (): Progress => {
  if (!process.stderr.isTTY) return { show: () => undefined, clear: () => undefined }
  let shownAt = Number.NEGATIVE_INFINITY
  return {
    show: (text) => {
      const now = performance.now()
      if (now - shownAt < intervalMs) return
      shownAt = now
      process.stderr.write(`\r\u001b[K${text().slice(0, (process.stderr.columns || 80) - 1)}`)
    },
    clear: () => {
      process.stderr.write("\r\u001b[K")
    }
  }
}
