/** What can happen to a node. */
export const happens = { deliver: 0, timer: 1, effect: 2, answer: 3, restart: 4, resume: 5, detached: 6 } as const

/** What is mixed into the hash of a run. */
export const steps = { input: 0, output: 1, effect: 2, send: 3, drop: 5 } as const
