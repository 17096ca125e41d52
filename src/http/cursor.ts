import { z } from 'zod';
import type { DevicesCursor } from '../queries/queries.js';

const Content = z.tuple([z.int().min(0), z.uuid()]);

/** A cursor as clients see it: opaque, and valid for their own sessions alone, whatever it says. */
export function encodeCursor({ lastUsedAt, id }: DevicesCursor): string {
  return Buffer.from(JSON.stringify([lastUsedAt, id])).toString('base64url');
}

/** Reads what `encodeCursor` made; a text that was never given is refused by the schema. */
export const Cursor = z
  .string()
  .max(128)
  .transform((text, context): DevicesCursor => {
    const content = Content.safeParse(jsonOf(Buffer.from(text, 'base64url').toString()));
    const cursor = content.success ? { lastUsedAt: content.data[0], id: content.data[1] } : null;
    if (cursor !== null && encodeCursor(cursor) === text) return cursor;
    context.addIssue({ code: 'custom', message: 'must be `next` of the page before' });
    return z.NEVER;
  });

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
