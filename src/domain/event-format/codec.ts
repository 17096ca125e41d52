import { REVOKE_ALL_REASONS } from '../account/events.js';
import { ROLES } from '../account/snapshot.js';
import type { DomainEvent, EventType } from '../event.js';
import type { Instant } from '../instant.js';
import { MAIL_OUTCOMES } from '../mail/events.js';
import type { StreamKind } from '../streams.js';
import { REVOCATION_REASONS } from '../token-family/events.js';
import { accountFrom, oneOf, putAccount } from './account-fields.js';
import { familyFrom, putFamily } from './family-fields.js';
import { fieldOf, put, type WireData } from './field.js';
import { FORMATS } from './formats.js';

/** An event as it is read, before anything is known of its data. */
export interface EventToDecode {
  readonly stream: StreamKind;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: WireData;
  readonly id: string;
  readonly occurredAt: Instant;
  readonly revision: number;
}

/** A type or a version that this program does not know: a newer one wrote it. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError';

  constructor({ type, schemaVersion }: Pick<EventToDecode, 'type' | 'schemaVersion'>) {
    super(`unknown event: ${type}, schema version ${schemaVersion}`);
  }
}

const CHOICES: Readonly<Partial<Record<EventType, Readonly<Record<string, readonly string[]>>>>> = {
  TokenRevoked: { reason: REVOCATION_REASONS },
  TokenExpired: { cause: ['idle', 'absolute'] },
  AllTokensRevoked: { reason: REVOKE_ALL_REASONS },
  RoleGranted: { role: ROLES },
  RoleRevoked: { role: ROLES },
  MailSent: { outcome: MAIL_OUTCOMES },
};

/** The data of an event as it is written, and the version of its shape. */
export function encodeEvent(event: DomainEvent): { readonly schemaVersion: number; readonly data: WireData } {
  const { carries, fields, schemaVersion } = FORMATS[event.type];
  const own = event.data as Readonly<Record<string, unknown>>;
  const data: Record<string, unknown> = {};
  if ('family' in event.data) putFamily(data, event.data.family, carries === 'family, issues');
  if ('account' in event.data) putAccount(data, event.data.account);
  for (const [name, field] of Object.entries(fields)) put(data, field, own[name]);
  return { schemaVersion, data };
}

/** The event that was written. Throws `UnknownEventError`, or `MalformedEventError` if a field is not as its version says. */
export function decodeEvent(read: EventToDecode): DomainEvent {
  const format = Object.hasOwn(FORMATS, read.type) ? FORMATS[read.type as EventType] : undefined;
  if (format?.stream !== read.stream || format.schemaVersion !== read.schemaVersion) throw new UnknownEventError(read);
  const type = read.type as EventType;
  const data: Record<string, unknown> = {};
  const { carries, fields } = format;
  if (carries === 'account') data.account = accountFrom(read.data);
  else if (carries !== null) data.family = familyFrom(read.data, carries === 'family, issues' ? read : null);
  const choices = CHOICES[type];
  for (const [name, field] of Object.entries(fields)) {
    const value = fieldOf(read.data, field);
    const values = choices?.[name];
    data[name] = values === undefined ? value : oneOf(value as string, values, field);
  }
  return { type, data } as unknown as DomainEvent;
}
