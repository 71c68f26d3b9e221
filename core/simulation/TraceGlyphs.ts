import type { TraceKind } from "./TraceEvent.ts"

/** The sign of each kind of event, one character wide, and what it stands for. */
export const glyphs: Readonly<Record<TraceKind, { readonly glyph: string; readonly means: string }>> = {
  send: { glyph: "→", means: "sent" },
  deliver: { glyph: "←", means: "arrived" },
  drop: { glyph: "×", means: "lost" },
  input: { glyph: "<", means: "input" },
  output: { glyph: ">", means: "output" },
  effect: { glyph: "=", means: "took effect" },
  crash: { glyph: "†", means: "crash" },
  start: { glyph: "^", means: "start" },
  fault: { glyph: "!", means: "fault" },
  move: { glyph: "*", means: "move" },
  mark: { glyph: "+", means: "mark" },
  note: { glyph: "#", means: "note" }
}
