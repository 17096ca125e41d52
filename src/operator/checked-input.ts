import { z } from 'zod';
import type { Authority } from '../commands/commands.js';
import { OperatorInputError } from './errors.js';

/** The name of the person, for the actor of events. */
export const OperatorName = z.string().regex(/^[\w.@-]{1,64}$/);

/** The actor of what a person does by the tool. */
export function actorOf(name: string): Authority {
  return `operator:${name}`;
}

/** The input by its schema. Throws `OperatorInputError` that names what is wrong, never its value. */
export function checked<T>(shape: z.ZodType<T>, input: unknown): T {
  const parsed = shape.safeParse(input);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map((issue) => issue.path.join('.') || 'the input');
  throw new OperatorInputError(`not as expected: ${[...new Set(places)].join(', ')}`);
}
