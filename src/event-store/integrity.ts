import { timingSafeEqual, type KeyObject } from 'node:crypto';
import { fromBase64url } from './base64url.js';
import { macRecord, type EventOfRecord } from './event-record.js';
import { hmacUnder } from './hmac.js';

/** A key by its name. */
export interface IntegrityKey {
  readonly kid: string;
  readonly key: KeyObject;
}

/** The `integrity` keys of the key file, as they are now: a reload changes what these give. */
export interface IntegrityKeys {
  /** The key that MACs new events. */
  readonly current: IntegrityKey;
  /** The key of a name; null if the key file has none of that name. */
  of(kid: string): KeyObject | null;
  /** Whether the key file made one key before the other. Without it only keys that the log itself has replaced count as old. */
  isOlder?(kid: string, than: string): boolean;
}

/** An event before it has a MAC: `metadata` is canonical JSON text without `mac`. */
export type UnsignedEvent = EventOfRecord;

/** The MAC of an event (HMAC-SHA-256), as its metadata carry it: `<key id>.<base64url>`. */
export function macOf(event: UnsignedEvent, historyId: string, { kid, key }: IntegrityKey): string {
  return `${kid}.${digest(event, historyId, event.metadata, key)}`;
}

/** A MAC as metadata carry it, in its parts. */
export interface ParsedMac {
  readonly kid: string;
  readonly digest: Buffer;
}

const MAC = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;

/** Null for what has not the form of a MAC. A digest has one spelling: the leaf of an event holds the MAC as it is written. */
export function parseMac(mac: unknown): ParsedMac | null {
  const [, kid, base64url] = typeof mac === 'string' ? (MAC.exec(mac) ?? []) : [];
  const digest = base64url === undefined ? null : fromBase64url(base64url);
  return kid === undefined || digest === null ? null : { kid, digest };
}

/** Whether a MAC is that of an event. Compares in constant time. */
export function isMacOf(
  mac: ParsedMac,
  event: EventOfRecord,
  { historyId, metadataWithoutMac, key }: { historyId: string; metadataWithoutMac: string; key: KeyObject },
): boolean {
  return timingSafeEqual(Buffer.from(digest(event, historyId, metadataWithoutMac, key), 'base64url'), mac.digest);
}

function digest(event: EventOfRecord, historyId: string, metadataWithoutMac: string, key: KeyObject): string {
  return hmacUnder(key).of(macRecord(event, historyId, metadataWithoutMac));
}
