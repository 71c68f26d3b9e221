import type { Operation } from "../../../core/simulation/LinearizabilityHistory.ts"
import type { SequentialModel } from "../../../core/simulation/LinearizabilityModels.ts"

/** The definition, by trying every order of every completion: for histories of a few operations. */
export const naivelyLinearizable = <State, Request, Response>(
  model: SequentialModel<State, Request, Response>,
  history: ReadonlyArray<Operation<Request, Response>>
): boolean => {
  const place = (state: State, left: ReadonlyArray<Operation<Request, Response>>): boolean => {
    if (left.every(({ ended }) => ended === undefined)) return true
    return left.some((operation) => {
      const rest = left.filter((other) => other !== operation)
      if (rest.some(({ ended }) => ended !== undefined && ended.at < operation.invoked)) return false
      const after = model.step(state, operation.request, operation.ended?.response)
      return after !== undefined && place(after, rest)
    })
  }
  return place(model.initial, history)
}
