import type { Context } from 'koa';
import { z } from 'zod';
import { Problem, type InputError } from '../problem.js';
import { plainWords } from './plain-words.js';
import { FORM_TYPE, JSON_TYPE, readBody } from './read-body.js';
import type { Route, RouteRequest } from './route.js';

/** What a request says. */
export type Read = Pick<RouteRequest, 'body' | 'query' | 'params' | 'headers'>;

// With `async`, which zod would add to a copy of it at each call: that costs more than the reading.
const READING = { error: plainWords, async: false };

const JSON_ALONE = [JSON_TYPE];
const FORM_ALONE = [FORM_TYPE];
const JSON_OR_FORM = [JSON_TYPE, FORM_TYPE];
const NONE: readonly string[] = [];

/** Reads a request by the schemas of its route. Throws `Problem`: 400, 404, 413, 415 or 422. */
export async function readInput(ctx: Context, { input }: Pick<Route<never>, 'input'>): Promise<Read> {
  return {
    params: paramsOf(ctx, input.params),
    query: checked(queryOf(ctx, input.query), input.query),
    headers: checked(ctx.req.headers, input.headers),
    body: await bodyOf(ctx, input),
  } as Read;
}

/** A path with an id that can be none names nothing. */
function paramsOf(ctx: Context, schema: z.ZodType | undefined): unknown {
  const parsed = schema?.safeParse(ctx.params);
  if (parsed?.success === false) throw new Problem('not_found');
  return parsed?.data;
}

/** The parameters that the schema knows. All others are ignored, as unknown members of a body are, and so is one without a value. */
function queryOf({ querystring }: Context, schema: z.ZodType | undefined): Record<string, string> {
  if (querystring === '' || !(schema instanceof z.ZodObject)) return {};
  const known = [...new URLSearchParams(querystring)].filter(
    ([name, value]) => value !== '' && Object.hasOwn(schema.shape, name),
  );
  const names = known.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined)
    throw new Problem('validation_failed', { errors: [{ path: twice, message: 'must be sent only once' }] });
  return Object.fromEntries(known);
}

async function bodyOf(ctx: Context, { body, form, bodyIsOptional }: Route<never>['input']): Promise<unknown> {
  if (body === undefined && form === undefined) return undefined;
  const accepted = form === undefined ? JSON_ALONE : body === undefined ? FORM_ALONE : JSON_OR_FORM;
  const fields = form instanceof z.ZodObject ? Object.keys(form.shape) : NONE;
  const { type, value } = await readBody(ctx, { accepted, isOptional: bodyIsOptional === true, fields });
  // A body that is left out may have any type.
  return checked(value, (type === FORM_TYPE ? form : body) ?? body ?? form);
}

function checked(value: unknown, schema: z.ZodType | undefined): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value, READING);
  if (parsed.success) return parsed.data;
  throw new Problem('validation_failed', { errors: inputErrors(parsed.error.issues) });
}

/** Where the input is wrong. Of alternatives the one counts that the input comes closest to; its paths begin at their place. */
function inputErrors(issues: readonly z.core.$ZodIssue[], place: readonly PropertyKey[] = []): InputError[] {
  return issues.flatMap((issue) => {
    const path = [...place, ...issue.path];
    const [first, ...others] = issue.code === 'invalid_union' ? issue.errors : [];
    if (first === undefined) return [{ path: path.join('.'), message: issue.message }];
    const closest = others.reduce((best, other) => (other.length < best.length ? other : best), first);
    return inputErrors(closest, path);
  });
}
