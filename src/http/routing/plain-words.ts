import type { z } from 'zod';

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};
const FORMATS: Readonly<Record<string, string>> = {
  guid: 'a UUID',
  uuid: 'a UUID',
  url: 'a URL',
};

/** Says what is wrong with an input as our own checks do ("must be …"); undefined where only the library has words for it. */
export function plainWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : must(TYPES[issue.expected]);
    case 'invalid_format':
      return must(FORMATS[issue.format]);
    case 'invalid_value':
      return must(anyOf(issue.values.map(String)));
    case 'too_small':
      return issue.origin === 'string' ? leastWords(Number(issue.minimum)) : undefined;
    case 'too_big':
      return issue.origin === 'string' ? `must have at most ${String(issue.maximum)} characters` : undefined;
    default:
      return undefined;
  }
}

function must(what: string | undefined): string | undefined {
  return what === undefined ? undefined : `must be ${what}`;
}

function leastWords(minimum: number): string {
  return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} characters`;
}

function anyOf(values: readonly string[]): string {
  const [last = '', ...others] = values.toReversed();
  return others.length === 0 ? last : `${others.toReversed().join(', ')} or ${last}`;
}
