/** What a group's coordinator and its members promise, as it is named where it is broken. */
export const broken = {
  answers: "G1 each request is answered once, and in time",
  membership: "G2 a member is known until its session ends",
  generations: "G3 a generation has one leader, one protocol, and never comes back",
  shares: "G4 a member is given what its leader has assigned to it",
  commits: "G5 who is out commits nothing",
  offsets: "G6 what was committed is told, and nothing older",
  owners: "G7 a partition has one owner",
  rest: "G8 a group that is left alone comes to rest, and stays there",
  size: "G9 a group has no more members than it may"
} as const

/** The name of one of them. */
export type GroupPromise = (typeof broken)[keyof typeof broken]
