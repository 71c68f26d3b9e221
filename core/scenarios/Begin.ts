import type { Node } from "../simulation/index.ts"

/**
 * Makes the tick of a life that has to be told to begin: the machine takes `begin` right after it was first told the
 * time.
 */
export const beginning = <State, Input>(
  node: Node<State, Input>,
  begin: Input,
  tick: (now: number) => Input
): ((now: number) => Input) => {
  let began = false
  return (now) => {
    if (!began) {
      began = true
      node.feed(begin)
    }
    return tick(now)
  }
}
