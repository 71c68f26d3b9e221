import type { Machine } from "../../../core/machine/index.ts"
import { send } from "../../../core/simulation/index.ts"
import type { Node, Scenario } from "../../../core/simulation/index.ts"

type Input =
  | { readonly _tag: "Tick"; readonly now: number }
  | { readonly _tag: "Received"; readonly from: string; readonly ball: Ball }
  | { readonly _tag: "Serve"; readonly to: string }
type Output = { readonly _tag: "Hit"; readonly to: string; readonly ball: Ball }

export interface Ball {
  readonly _tag: "Ping" | "Pong"
  readonly hits: number
}

interface Player {
  hits: number
}

const none: ReadonlyArray<Output> = []

/** A player that returns every ball to whoever hit it. */
const player: Machine<Player, Input, Output> = {
  step: (state, input) => {
    switch (input._tag) {
      case "Tick":
        return [state, none]
      case "Serve":
        return [state, [{ _tag: "Hit", to: input.to, ball: { _tag: "Ping", hits: 1 } }]]
      case "Received": {
        const { ball, from } = input
        state.hits = ball.hits
        return [
          state,
          [{ _tag: "Hit", to: from, ball: { _tag: ball._tag === "Ping" ? "Pong" : "Ping", hits: ball.hits + 1 } }]
        ]
      }
    }
  },
  wakeAt: () => undefined
}

/** Players that serve to each other, and play on for so long. */
export const makePingPong = (playMs: number): Scenario => ({
  name: "ping-pong",
  knobs: { players: [2, 3, 5], loss: [0, 1, 20], duplicate: [0, 5], reorder: [0, 5], latency: [1, 10] },
  seeds: 20,
  marks: { served: 20 },
  run: (simulation) => {
    simulation.network({
      meanMs: simulation.knob("latency"),
      loss: simulation.knob("loss"),
      duplicate: simulation.knob("duplicate") / 10,
      reorder: simulation.knob("reorder")
    })
    const players: Array<Node<Player, Input>> = []
    for (let number = 1; number <= simulation.knob("players"); number++) {
      players.push(
        simulation.node<Player, Input, Output, Ball>({
          name: `p${number}`,
          boot: () => ({
            machine: player,
            state: { hits: 0 },
            tick: (now) => ({ _tag: "Tick", now }),
            perform: (output) => send(output.to, output.ball),
            received: (from, ball) => ({ _tag: "Received", from, ball })
          })
        })
      )
    }
    const serve = (): void => {
      for (const server of players) {
        for (const { name } of players) if (name !== server.name) server.feed({ _tag: "Serve", to: name })
      }
      simulation.mark("served")
    }
    simulation.run({ moves: 3, gapMs: 10, horizonMs: playMs }, [{ name: "serve", weight: 1, run: serve }])
  }
})
