import type { Actor } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import { canonicalJson, objectOfCanonical } from './canonical-json.js';
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

/** What metadata say whose MAC was checked already. */
export type AuthenticMetadata = Omit<StoredMetadata, 'mac' | 'withoutMac'> & { readonly kid: string };

/** Null for what is not metadata in their usual form (see `PLAIN`). */
export function authenticMetadata(text: string): AuthenticMetadata | null {
  const [, , actor = '', correlationId = '', mac = '', , occurredAt = '', schemaVersion = '', traceparent] =
    PLAIN.exec(text) ?? [];
  const instant = Date.parse(occurredAt);
  if (Number.isNaN(instant) || !VERSION.test(schemaVersion)) return null;
  const kid = mac.slice(0, mac.indexOf('.'));
  const metadata = {
    schemaVersion: Number(schemaVersion),
    occurredAt: instant,
    correlationId,
    actor: actor as Actor,
    kid,
  };
  return traceparent === undefined ? metadata : { ...metadata, traceparent };
}

/** Null for what is not metadata as this program writes them: canonical, texts alone, with a MAC. */
export function parseMetadata(text: string): StoredMetadata | null {
  const parsed = parsePlain(text) ?? parseAny(text);
  if (parsed === null) return null;
  const { schemaVersion, occurredAt, correlationId, actor, traceparent } = parsed.texts;
  const mac = parseMac(parsed.texts.mac);
  const instant = occurredAt === undefined ? NaN : Date.parse(occurredAt);
  if (mac === null || Number.isNaN(instant) || correlationId === undefined || actor === undefined) return null;
  if (schemaVersion === undefined || !VERSION.test(schemaVersion)) return null;
  const metadata = {
    schemaVersion: Number(schemaVersion),
    occurredAt: instant,
    correlationId,
    actor: actor as Actor,
    mac,
    withoutMac: parsed.withoutMac,
  };
  return traceparent === undefined ? metadata : { ...metadata, traceparent };
}

// Texts of printable ASCII without quotes and backslashes are canonical as they are.
const TEXT = '"([ !#-\\[\\]-~]*)"';
const PLAIN = new RegExp(
  `^(\\{"actor":${TEXT},"correlationId":${TEXT},)"mac":${TEXT},("occurredAt":${TEXT},"schemaVersion":${TEXT}(?:,"traceparent":${TEXT})?\\})$`,
);

/** The usual metadata, read without parsing JSON: a log is checked at the speed of this. Null for all other. */
function parsePlain(text: string): Parsed | null {
  const [all, before = '', actor, correlationId, mac, after = '', occurredAt, schemaVersion, traceparent] =
    PLAIN.exec(text) ?? [];
  if (all === undefined) return null;
  return { texts: { actor, correlationId, mac, occurredAt, schemaVersion, traceparent }, withoutMac: before + after };
}

/** Metadata as texts, and their canonical form without the MAC. */
interface Parsed {
  readonly texts: Readonly<Partial<Record<string, string | undefined>>>;
  readonly withoutMac: string;
}

/** Any other metadata. */
function parseAny(text: string): Parsed | null {
  const texts = parseTexts(text);
  return texts && { texts, withoutMac: canonicalJson({ ...texts, mac: undefined }) };
}

/** An object of texts from its canonical form; null for anything else. */
function parseTexts(text: string): Readonly<Partial<Record<string, string>>> | null {
  const value = objectOfCanonical(text);
  if (value === null || !Object.values(value).every((one) => typeof one === 'string')) return null;
  return value as Readonly<Record<string, string>>;
}
