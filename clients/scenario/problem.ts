/** One problem of an input: which field, what was expected, what came. */
export interface Problem {
  field: string;
  text: string;
}
