import type { z } from 'zod';
import { OperatorInputError } from './errors.js';

/** The input of an operation, checked. Throws `OperatorInputError` that names what is wrong, never its value. */
export function checkedInput<T>(shape: z.ZodType<T>, input: unknown): T {
  const parsed = shape.safeParse(input);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map((issue) => issue.path.join('.') || 'the input');
  throw new OperatorInputError(`not as expected: ${[...new Set(places)].join(', ')}`);
}
