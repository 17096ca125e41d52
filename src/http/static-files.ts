import { stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import type { Context, Middleware, Next } from 'koa';
import serve from 'koa-static';
import { refuseMethod } from './method-not-allowed.js';

const READING = ['GET', 'HEAD'];

/** Serves the files of a folder; `.html` need not be named. A file can only be read: everything else is 405 (RFC 9110 §15.5.6). */
export function staticFiles(folder: string): Middleware {
  // Links in mails lead to /verify and /reset.
  const read = serve(folder, { extensions: ['html'], setHeaders: typeOfDeclarations });
  return async (ctx: Context, next: Next) => {
    if (READING.includes(ctx.method) || !(await isThere(folder, ctx.path))) await read(ctx, next);
    else refuseMethod(ctx, READING);
  };
}

async function isThere(folder: string, target: string): Promise<boolean> {
  const name = path.join(folder, decoded(target) ?? '');
  if (!name.startsWith(path.join(folder, path.sep))) return false;
  const names = target.endsWith('/') ? [path.join(name, 'index.html')] : [name, `${name}.html`];
  const found = await Promise.all(
    names.map((one) =>
      stat(one).then(
        (it) => it.isFile(),
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/** Null for a path that is no text, or holds what no name of a file can. */
function decoded(target: string): string | null {
  try {
    const text = decodeURIComponent(target);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

/** By its ending alone, a file of TypeScript would be a film (MPEG-2). */
function typeOfDeclarations(response: ServerResponse, file: string): void {
  if (file.endsWith('.ts')) response.setHeader('Content-Type', 'text/plain; charset=utf-8');
}
