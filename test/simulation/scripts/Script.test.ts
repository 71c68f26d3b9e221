import { describe, expect, it } from "vitest"
import * as chain from "../../../core/chain/index.ts"
import { parseScript, runScript, ScriptError, showScript } from "../../../core/scenarios/index.ts"

const text = `# A story.
# In two lines.

cluster 1
----
n1: follower in t0, no leader, members n1

# It leads.
elect n1
expect n1 leader
----
n1: leader of t1, commit t1.1 opening

# The end.
`

describe("a script", () => {
  it("is written as it was read", () => {
    expect(showScript(parseScript(text))).toBe(text)
  })

  it("tells what every node did, whatever was there before", () => {
    expect(runScript(chain, text.replace(/^n1: .*$/gm, "n1: something else"))).toBe(text)
  })

  it("tells the same each time", () => {
    const long = "# Again.\n\ncluster 5\n\nrun 5000\n\npropose n2 a b\n\nrun 500\n\nstatus\n"
    expect(runScript(chain, long)).toBe(runScript(chain, long))
  })

  it("says which command means nothing", () => {
    expect(() => runScript(chain, "cluster 3\nelected n1")).toThrow(
      new ScriptError({ reason: "Syntax", command: "elected n1", detail: "there is no command elected" })
    )
  })

  it("says which expectation is not met", () => {
    expect(() => runScript(chain, "cluster 3\nexpect n1 leader")).toThrow(
      new ScriptError({ reason: "Expectation", command: "expect n1 leader", detail: "n1 is follower" })
    )
  })

  it("names a promise that a machine breaks", () => {
    const hasty: typeof chain = {
      ...chain,
      chain: {
        wakeAt: chain.chain.wakeAt,
        step: (state, input) => {
          const [next, outputs] = chain.chain.step(state, input)
          // It says yes to every vote that it is asked for, with nothing on its disk.
          const { from = 0, message } = input._tag === "Received" ? input : {}
          if (message?._tag !== "Vote") return [next, outputs]
          return [
            next,
            [...outputs, { _tag: "Send", to: from, message: { _tag: "VoteReply", term: message.term, granted: true } }]
          ]
        }
      }
    }
    expect(runScript(hasty, "cluster 3\nelect n1")).toContain(
      "VIOLATED S8: n2 sends VoteReply t1 yes, which its disk does not hold"
    )
  })
})
