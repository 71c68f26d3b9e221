/** An id on a line of its own; one that would not stay there is written as JSON. */
export const idLine = (id: string): string =>
  /^[^"\p{Cc}\p{Zl}\p{Zp}][^\p{Cc}\p{Zl}\p{Zp}]*$/u.test(id) ? id : JSON.stringify(id)
