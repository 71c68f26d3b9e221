/** What a partition's log promises, as it is named where it is broken. */
export const broken = {
  answers: "L1 each question is answered once, and rightly",
  promises: "L2 what was promised outlives every crash",
  content: "L3 what is read is what was appended",
  turn: "L4 a batch is taken once, and in its turn",
  marks: "L5 start and end never go back, nor too far",
  retention: "L6 retention gives up only what it may",
  recovery: "L7 after every crash the log is recovered",
  decay: "L8 what the disk has spoilt is noticed"
} as const

/** The name of one of them. */
export type LogPromise = (typeof broken)[keyof typeof broken]
