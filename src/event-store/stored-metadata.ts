import type { Actor } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import { canonicalJson } from './canonical-json.js';
import { parseMac, type ParsedMac } from './integrity.js';

/** What an event's metadata say. */
export interface StoredMetadata {
  readonly schemaVersion: number;
  readonly occurredAt: Instant;
  readonly correlationId: string;
  readonly actor: Actor;
  readonly traceparent?: string;
  readonly mac: ParsedMac;
  /** The canonical text without the MAC. */
  readonly withoutMac: string;
}

const VERSION = /^[1-9]\d{0,8}$|^0$/;

/**
 * The text as this program nearly always writes it, in canonical order and without anything to escape: what matches is canonical.
 * Most of the time of a rebuild would otherwise go into writing the same text again to compare it.
 */
const PLAIN = String.raw`"([^"\\\u0000-\u001f\ud800-\udfff]*)"`;
const USUAL = new RegExp(
  `^\\{"actor":${PLAIN},"correlationId":${PLAIN},"mac":${PLAIN},"occurredAt":${PLAIN},"schemaVersion":${PLAIN}\\}$`,
);

/** Null for what is not metadata as this program writes them: canonical, texts alone, with a MAC. */
export function parseMetadata(text: string): StoredMetadata | null {
  const usual = USUAL.exec(text);
  if (usual !== null) {
    const [, actor = '', correlationId = '', macText = '', occurredAt = '', schemaVersion = ''] = usual;
    const withoutMac = `{"actor":"${actor}","correlationId":"${correlationId}","occurredAt":"${occurredAt}","schemaVersion":"${schemaVersion}"}`;
    return metadataOf({ actor, correlationId, occurredAt, schemaVersion }, macText, () => withoutMac);
  }
  const all = parseTexts(text);
  if (all === null) return null;
  const { mac: macText, ...rest } = all;
  return metadataOf(rest, macText, () => canonicalJson(rest));
}

function metadataOf(
  rest: Readonly<Partial<Record<string, string>>>,
  macText: string | undefined,
  withoutMac: () => string,
): StoredMetadata | null {
  const { schemaVersion, occurredAt, correlationId, actor, traceparent } = rest;
  const mac = parseMac(macText);
  const instant = occurredAt === undefined ? NaN : Date.parse(occurredAt);
  if (mac === null || Number.isNaN(instant) || correlationId === undefined || actor === undefined) return null;
  if (schemaVersion === undefined || !VERSION.test(schemaVersion)) return null;
  return {
    schemaVersion: Number(schemaVersion),
    occurredAt: instant,
    correlationId,
    actor: actor as Actor,
    ...(traceparent === undefined ? {} : { traceparent }),
    mac,
    withoutMac: withoutMac(),
  };
}

/** An object of texts from its canonical form; null for anything else. */
function parseTexts(text: string): Readonly<Partial<Record<string, string>>> | null {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== 'object' || value === null || canonicalJson(value) !== text) return null;
    if (!Object.values(value).every((one) => typeof one === 'string')) return null;
    return value as Readonly<Record<string, string>>;
  } catch {
    return null;
  }
}
