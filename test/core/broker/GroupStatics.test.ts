import { describe, it } from "vitest"
import { play } from "./GroupScript.ts"

describe("static members", () => {
  const statics = `
    join +a instance=x                → a: joined 1 range leader=a members=a:t
    join +b instance=y                → -
    join a instance=x                 → a: joined 2 range leader=a members=a:t,b:t | b: joined 2 range leader=a
    sync a instance=x gen=2 give=a:0,b:1  → a: synced "0"
    sync b instance=y gen=2               → b: synced "1"`

  it("come back under their instance id without a rebalance, and fence their old id", () =>
    play(`${statics}
      join +b2 instance=y            → b2: joined 2 range leader=a
      sync b2 instance=y gen=2       → b2: synced "1"
      beat b instance=y gen=2        → b: FENCED_INSTANCE_ID
      ?                              → Stable 2 [a,b2]`))

  it("that led are told not to assign: from version 9 in so many words, before by the old leader's id", () => {
    play(`${statics}
      join +a2 instance=x v9         → a2: joined 2 range leader=a2 members=a2:t,b:t skip`)
    play(`${statics}
      join +a2 instance=x            → a2: joined 2 range leader=a`)
  })

  it("that come back while their join was parked end it with FENCED_INSTANCE_ID", () =>
    play(`${statics}
      join b instance=y topics=u     → -
      join +b2 instance=y            → b: FENCED_INSTANCE_ID`))

  it("that come back while a generation is completed, or change what all agree on, rebalance", () => {
    play(`
      join +a instance=x                → a: joined 1 range leader=a members=a:t
      join +a2 instance=x               → a2: joined 2 range leader=a2 members=a2:t`)
    play(`
      join +a instance=x protocols=x,y          → a: joined 1 x leader=a members=a:t
      sync a instance=x gen=1 give=a:0          → a: synced "0"
      join +a2 instance=x protocols=y,x         → a2: joined 2 y leader=a2 members=a2:t`)
  })

  it("are fenced under their old id, whatever they ask", () =>
    play(`${statics}
      join +b2 instance=y            → b2: joined 2 range leader=a
      join b instance=y              → b: FENCED_INSTANCE_ID
      sync b instance=y gen=2        → b: FENCED_INSTANCE_ID
      commit b instance=y gen=2      → b: FENCED_INSTANCE_ID
      leave b instance=y             → b: FENCED_INSTANCE_ID
      ?                              → Stable 2 [a,b2]`))

  it("that come back while their sync was parked end it with FENCED_INSTANCE_ID", () =>
    play(`
      join +a instance=x                → a: joined 1 range leader=a members=a:t
      join +b instance=y                → -
      join a instance=x                 → a: joined 2 range leader=a members=a:t,b:t | b: joined 2 range leader=a
      sync b instance=y gen=2           → -
      join +b2 instance=y               → b: FENCED_INSTANCE_ID`))

  it("stay in the group when a rebalance goes on without them, until their session ends", () =>
    play(`${statics}
      beat b instance=y gen=2        → b: ok
      join a instance=x session=60000 rebalance=500 topics=u → -
      tick 999                       → -
      ?                              → PreparingRebalance 2 [a,b]
      tick 1000                      → a: joined 3 range leader=a members=a:u`))

  it("are removed by an administrator who names the instance", () =>
    play(`${statics}
      leave @y → @y: left
      leave @z → @z: UNKNOWN_MEMBER_ID
      ?        → PreparingRebalance 2 [a]`))

  it("with an instance that nobody has are UNKNOWN_MEMBER_ID", () =>
    play(`${statics}
      beat a instance=zz gen=2 → a: UNKNOWN_MEMBER_ID`))
})
