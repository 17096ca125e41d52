import { canonicalJson, objectOfCanonical } from './canonical-json.js';
import type { RecordedEvent } from './event-store.js';

/**
 * An event as `audit export` writes it, a line each: all that is stored of it. `stream` is the whole name, prefix included. `data` and
 * `metadata` of an event of somebody else may be any text: where that is no canonical JSON object they are null, and `raw` holds the text.
 */
export interface ExportLine {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
  readonly event_id: string;
  readonly type: string;
  readonly data: object | null;
  readonly metadata: object | null;
  readonly raw?: RawTexts;
}

/** What is stored, for the members that are null. */
interface RawTexts {
  readonly data?: string;
  readonly metadata?: string;
}

/** The line of an event. */
export function lineOf(event: RecordedEvent): ExportLine {
  const { position, stream, revision, id, type } = event;
  const [data, metadata] = [objectOfCanonical(event.data), objectOfCanonical(event.metadata)];
  const line = { position, stream, revision, event_id: id, type, data, metadata };
  if (data !== null && metadata !== null) return line;
  const raw = {
    ...(data === null ? { data: event.data } : {}),
    ...(metadata === null ? { metadata: event.metadata } : {}),
  };
  return { ...line, raw };
}

/** The event of a line, exactly as it was stored; null for what is no line of an export. */
export function eventOfLine(value: unknown): RecordedEvent | null {
  if (!isObject(value)) return null;
  const {
    position,
    stream,
    revision,
    event_id: id,
    type,
    raw = {},
    ...said
  } = value as Partial<Record<keyof ExportLine, unknown>>;
  if (![position, stream, id, type].every((text) => typeof text === 'string')) return null;
  if (!Number.isSafeInteger(revision) || !isObject(raw)) return null;
  const { data: rawData, metadata: rawMetadata } = raw as Partial<Record<keyof RawTexts, unknown>>;
  const [data, metadata] = [textOf(said.data, rawData), textOf(said.metadata, rawMetadata)];
  if (data === null || metadata === null) return null;
  const texts = { position, stream, id, type } as { position: string; stream: string; id: string; type: string };
  return { ...texts, revision: revision as number, data, metadata };
}

/** The stored text; null if a line says none, or two. Throws `InvalidEventError` for an object that has no canonical text. */
function textOf(value: unknown, raw: unknown): string | null {
  if (isObject(value)) return raw === undefined ? canonicalJson(value) : null;
  return value === null && typeof raw === 'string' && raw.isWellFormed() ? raw : null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
