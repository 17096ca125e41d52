import { z } from 'zod';
import * as views from '../views.js';
import { withExamples } from './examples.js';

/** A JSON Schema, or a reference to one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The bodies that have a name in the description: the views, without the end of their names. */
const NAMES = new Map<z.ZodType, string>(
  Object.entries(views).flatMap(([name, view]) =>
    view instanceof z.ZodType ? [[view, name.replace(/View$/, '')] as const] : [],
  ),
);

/** The schema of what is sent (`input`) or of what is answered (`output`), as OpenAPI 3.1 takes it: JSON Schema 2020-12. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const made = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    // A format says it already, and readers have an easier time with it.
    override: ({ jsonSchema: part }) => {
      if (part.format !== undefined) delete part.pattern;
    },
  });
  // The document says once which dialect its schemas are in.
  return withExamples(Object.fromEntries(Object.entries(made).filter(([name]) => name !== '$schema')));
}

/** The schema of an answer: a reference where it has a name. */
export function answerSchema(schema: z.ZodType): JsonSchema {
  const name = NAMES.get(schema);
  return name === undefined ? jsonSchema(schema, 'output') : { $ref: `#/components/schemas/${name}` };
}

/** All schemas that have a name. */
export function namedSchemas(): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries([...NAMES].map(([schema, name]) => [name, jsonSchema(schema, 'output')]));
}
