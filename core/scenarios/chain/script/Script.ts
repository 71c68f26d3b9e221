/**
 * A story of a cluster: commands, each group with what every node did.
 *
 * **Details**
 *
 * ```text
 * # A comment, anywhere in front of a command.
 * campaign n1
 * ----
 * n1 is a candidate in t0
 *
 * stabilize
 * ----
 * n1 leads t1
 * ```
 *
 * Commands that follow each other without a line between them have their output together. It ends at the first empty
 * line. `closing` are the comments behind the last command.
 */
export interface Script {
  readonly steps: ReadonlyArray<ScriptStep>
  readonly closing: ReadonlyArray<string>
}

/** Commands whose output stands together; `comments` are the lines above, empty ones as paragraphs have them. */
export interface ScriptStep {
  readonly comments: ReadonlyArray<string>
  readonly commands: ReadonlyArray<string>
  readonly output: ReadonlyArray<string>
}

const isComment = (line: string): boolean => line.startsWith("#")

/** Reads a script. */
export const parseScript = (text: string): Script => {
  const lines = text.split("\n").map((line) => line.trimEnd())
  const steps: Array<ScriptStep> = []
  let comments: Array<string> = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at] as string
    if (line === "" || isComment(line)) {
      if (line !== "" || comments.length > 0) comments.push(line)
      at++
      continue
    }
    const commands: Array<string> = []
    while (at < lines.length && lines[at] !== "" && lines[at] !== "----") commands.push(lines[at++] as string)
    const output: Array<string> = []
    if (lines[at] === "----") {
      at++
      while (at < lines.length && lines[at] !== "") output.push(lines[at++] as string)
    }
    steps.push({ comments: withoutLastBlank(comments), commands, output })
    comments = []
  }
  return { steps, closing: withoutLastBlank(comments) }
}

const withoutLastBlank = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  let end = lines.length
  while (end > 0 && lines[end - 1] === "") end--
  return lines.slice(0, end)
}

/** Writes a script as {@link parseScript} reads it. */
export const showScript = ({ closing, steps }: Script): string => {
  const paragraphs: Array<string> = []
  for (const { commands, comments, output } of steps) {
    // The opening comment of a script stands alone; the others belong to the commands below them.
    if (comments.length > 0 && paragraphs.length === 0) {
      paragraphs.push(comments.join("\n"), [...commands, "----", ...output].join("\n"))
    } else paragraphs.push([...comments, ...commands, "----", ...output].join("\n"))
  }
  if (closing.length > 0) paragraphs.push(closing.join("\n"))
  return `${paragraphs.join("\n\n")}\n`
}
