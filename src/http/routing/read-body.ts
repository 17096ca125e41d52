import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { Problem } from '../problem.js';

/** UTF-8, and its part that every other charset has in common with it. */
const CHARSETS = ['', 'utf-8', 'utf8', 'us-ascii', 'ascii'];
const UTF8 = new TextDecoder('utf-8', { fatal: true });
export const JSON_TYPE = 'application/json';
export const FORM_TYPE = 'application/x-www-form-urlencoded';

/** How much is read of a body, and what is said of a larger one. */
export interface BodyLimit {
  readonly bytes: number;
  readonly detail: string;
}
const PUBLIC: BodyLimit = { bytes: 16_384, detail: 'At most 16384 bytes.' };

export interface BodyOptions {
  /** The media types that may be sent: some of `JSON_TYPE` and `FORM_TYPE`. */
  readonly accepted: readonly string[];
  /** Whether there may be no body: it counts as `{}` then. */
  readonly isOptional: boolean;
  /** The fields of a form that are read. Default: none. */
  readonly fields?: readonly string[];
  /** Default: what is enough for everything that anybody may send. */
  readonly limit?: BodyLimit;
}

/** What a body says, and the media type that it is said to have; empty if none is. One that was left out says `{}`. */
export interface Body {
  readonly type: string;
  readonly value: unknown;
}

/** Reads the body, JSON or a form. Throws `Problem`: 400, 413 or 415. */
export async function readBody(
  ctx: Context,
  { accepted, isOptional, fields = [], limit = PUBLIC }: BodyOptions,
): Promise<Body> {
  // RFC 9110 §5.6.6 allows space before the parameters.
  const type = ctx.request.type.trim().toLowerCase();
  if (isOptional && hasNoBody(ctx)) return { type, value: {} };
  if (!accepted.includes(type)) {
    // A chunked body says only at its end that it is empty; one without a type may be.
    if (isOptional && type === '' && (await rawBodyOf(ctx, limit)).length === 0) return { type, value: {} };
    const list = accepted.join(', ');
    throw new Problem('unsupported_media_type', { detail: `Send ${list}.`, headers: { Accept: list } });
  }
  checkEncoding(ctx);
  const text = decoded(await rawBodyOf(ctx, limit));
  if (isOptional && text === '') return { type, value: {} };
  return { type, value: type === FORM_TYPE ? parsedForm(text, fields) : parsedJson(text) };
}

function hasNoBody(ctx: Context): boolean {
  return ctx.get('Transfer-Encoding') === '' && Number(ctx.get('Content-Length')) === 0;
}

function checkEncoding(ctx: Context): void {
  const encoding = ctx.get('Content-Encoding').toLowerCase();
  if (encoding !== '' && encoding !== 'identity')
    throw new Problem('unsupported_media_type', {
      detail: 'Send the body uncompressed.',
      headers: { 'Accept-Encoding': 'identity' },
    });
  if (!isUtf8(ctx.get('Content-Type'))) throw new Problem('unsupported_media_type', { detail: 'Send the body in UTF-8.' });
}

/** JSON is UTF-8 whatever it says (RFC 8259 §8.1), so only a body that names another charset is refused. */
function isUtf8(contentType: string): boolean {
  if (!contentType.includes(';')) return true;
  const charsets = contentType.matchAll(/;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]*))/gi);
  return [...charsets].every(([, quoted, bare]) => CHARSETS.includes((quoted ?? bare ?? '').trim().toLowerCase()));
}

async function rawBodyOf(ctx: Context, { bytes: limit, detail }: BodyLimit): Promise<Uint8Array> {
  try {
    return await getRawBody(ctx.req, { limit, length: ctx.get('Content-Length') || null });
  } catch (error) {
    if (typeof error !== 'object' || error === null || !('status' in error)) throw error;
    if (error.status === 413) {
      // The rest is read and dropped: closing on a client that still sends would take the answer from it (RFC 9112 §9.6).
      ctx.req.resume();
      throw new Problem('body_too_large', { detail });
    }
    // A part of the body was not read, so no other request can follow on this connection.
    throw new Problem('malformed_body', { headers: { Connection: 'close' } });
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
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

/** RFC 6749 §3.2: parameters that nobody knows are ignored, those without a value are absent, and no other comes twice. */
function parsedForm(text: string, known: readonly string[]): Record<string, string> {
  const fields = [...new URLSearchParams(text)].filter(([name, value]) => value !== '' && known.includes(name));
  if (new Set(fields.map(([name]) => name)).size !== fields.length)
    throw new Problem('malformed_body', { detail: 'The form has a field twice.' });
  return Object.fromEntries(fields);
}
