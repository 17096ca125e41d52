import type { OperatorDependencies } from './dependencies.js';

/** What an operation answers: one object, or several as they come. */
export type OperatorAnswer = Promise<object> | AsyncIterable<object>;

/** One thing an operator can ask for, of a running server or of the tool alone. */
export interface Operation {
  readonly name: string;
  /** `input` is JSON; rejects or throws `OperatorInputError` if a member is wrong, `OperatorRefusedError` if it cannot be done. */
  run(dependencies: OperatorDependencies, input: unknown): OperatorAnswer;
}
