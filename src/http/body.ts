import type { Context } from 'koa';
import getRawBody from 'raw-body';
import type { z } from 'zod';
import { Problem, type InputError } from './problem.js';

const MOST_BYTES = 16 * 1024;
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

export interface BodyOptions {
  /** Whether the body may be a form instead of JSON. */
  readonly form?: boolean;
  /** Whether there may be no body: it counts as `{}` then. */
  readonly optional?: boolean;
}

/** Reads the body and checks it against a schema. Throws `Problem`: 400, 413, 415 or 422. */
export async function readBody<T>(ctx: Context, schema: z.ZodType<T>, options: BodyOptions = {}): Promise<T> {
  const parsed = schema.safeParse(await bodyOf(ctx, options));
  if (parsed.success) return parsed.data;
  throw new Problem('validation_failed', { errors: inputErrors(parsed.error.issues) });
}

/** Where the input is wrong. Of alternatives the one counts that the input comes closest to. */
function inputErrors(issues: readonly z.core.$ZodIssue[]): InputError[] {
  return issues.flatMap((issue) => {
    const [first, ...others] = issue.code === 'invalid_union' ? issue.errors : [];
    if (first === undefined) return [{ path: issue.path.join('.'), message: issue.message }];
    return inputErrors(others.reduce((closest, other) => (other.length < closest.length ? other : closest), first));
  });
}

async function bodyOf(ctx: Context, { form = false, optional = false }: BodyOptions): Promise<unknown> {
  // RFC 9110 §5.6.6 allows space before the parameters.
  const type = ctx.request.type.trim().toLowerCase();
  if (optional && hasNoBody(ctx)) return {};
  if (type !== JSON_TYPE && !(form && type === FORM_TYPE)) {
    const accepted = form ? `${JSON_TYPE}, ${FORM_TYPE}` : JSON_TYPE;
    throw new Problem('unsupported_media_type', { detail: `Send ${accepted}.`, headers: { Accept: accepted } });
  }
  checkEncoding(ctx);
  const text = decoded(await rawBodyOf(ctx));
  if (optional && text === '') return {};
  return type === FORM_TYPE ? parsedForm(text) : parsedJson(text);
}

function hasNoBody(ctx: Context): boolean {
  return ctx.get('Transfer-Encoding') === '' && (ctx.get('Content-Length') || '0') === '0';
}

function checkEncoding(ctx: Context): void {
  const encoding = ctx.get('Content-Encoding').toLowerCase();
  if (encoding !== '' && encoding !== 'identity')
    throw new Problem('unsupported_media_type', {
      detail: 'Send the body uncompressed.',
      headers: { 'Accept-Encoding': 'identity' },
    });
  const { charset } = ctx.request;
  if (charset !== '' && charset.toLowerCase() !== 'utf-8')
    throw new Problem('unsupported_media_type', { detail: 'Send the body in UTF-8.' });
}

async function rawBodyOf(ctx: Context): Promise<Uint8Array> {
  try {
    return await getRawBody(ctx.req, { limit: MOST_BYTES, length: ctx.get('Content-Length') || null });
  } catch (error) {
    if (typeof error !== 'object' || error === null || !('status' in error)) throw error;
    if (error.status === 413) {
      // The rest is thrown away, as long as a request may take: closing on a client that still sends would take the answer from it
      // (RFC 9112 §9.6).
      ctx.req.resume();
      throw new Problem('body_too_large', { detail: `At most ${MOST_BYTES} bytes.` });
    }
    // What was not read of the body makes the connection useless for another request.
    throw new Problem('malformed_body', { headers: { Connection: 'close' } });
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('malformed_body', { detail: 'The body is not UTF-8.' });
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('malformed_body', { detail: 'The body is not JSON.' });
  }
}

function parsedForm(text: string): Record<string, string> {
  const fields = [...new URLSearchParams(text)];
  // RFC 6749 §3.2: a parameter must not be sent more than once.
  if (new Set(fields.map(([name]) => name)).size !== fields.length)
    throw new Problem('malformed_body', { detail: 'The form has a field twice.' });
  // The same section: one without a value must be treated as if it were not there.
  return Object.fromEntries(fields.filter(([, value]) => value !== ''));
}
