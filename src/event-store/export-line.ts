import { canonicalJson } from './canonical-json.js';
import type { RecordedEvent } from './event-store.js';

/** An event as `audit export` writes it, a line each: all that is stored of it. `stream` is the whole name, prefix included. */
export interface ExportLine {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
  readonly event_id: string;
  readonly type: string;
  readonly data: object;
  readonly metadata: object;
}

/** The line of an event. Throws `SyntaxError` for an event of somebody else that holds no JSON. */
export function lineOf({ position, stream, revision, id, type, data, metadata }: RecordedEvent): ExportLine {
  const [parsedData, parsedMetadata] = [JSON.parse(data) as object, JSON.parse(metadata) as object];
  return { position, stream, revision, event_id: id, type, data: parsedData, metadata: parsedMetadata };
}

/** The event of a line, exactly as it was stored; null for what is no line of an export. */
export function eventOfLine(value: unknown): RecordedEvent | null {
  if (typeof value !== 'object' || value === null) return null;
  const {
    position,
    stream,
    revision,
    event_id: id,
    type,
    data,
    metadata,
  } = value as Partial<Record<keyof ExportLine, unknown>>;
  if (![position, stream, id, type].every((text) => typeof text === 'string')) return null;
  if (!Number.isSafeInteger(revision) || !isObject(data) || !isObject(metadata)) return null;
  const texts = { position, stream, id, type } as { position: string; stream: string; id: string; type: string };
  return { ...texts, revision: revision as number, data: canonicalJson(data), metadata: canonicalJson(metadata) };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
