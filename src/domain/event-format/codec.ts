import { REVOKE_ALL_REASONS } from '../account/events.js';
import { ROLES } from '../account/snapshot.js';
import type { DomainEvent, EventType } from '../event.js';
import type { Instant } from '../instant.js';
import { MAIL_OUTCOMES } from '../mail/events.js';
import type { StreamKind } from '../streams.js';
import { REVOCATION_REASONS } from '../token-family/events.js';
import { ACCOUNT_FIELDS, ACCOUNT_VALUES, accountFrom, oneOf } from './account-fields.js';
import { FAMILY_FIELDS, FAMILY_VALUES, familyFrom, OWN_FIELDS } from './family-fields.js';
import { fieldOf, put, type Field, type ValueIn, type WireData } from './field.js';
import { FORMATS, type EventFormat } from './formats.js';

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

/** The own fields of each type by name. */
const OWN = forEachType(({ fields }) => Object.entries(fields));

type EventData = Readonly<Record<string, unknown>>;

/** A field as it is written, and what it says of an event's data. */
interface Written {
  readonly field: Field;
  readonly valueIn: ValueIn<EventData>;
}

/** What is written of each type, in the order of canonical JSON, so that nothing has to be sorted for each event. */
const WRITTEN = forEachType(writtenOf);

function forEachType<T>(make: (format: EventFormat) => T): Readonly<Record<EventType, T>> {
  const made = Object.entries(FORMATS).map(([type, format]) => [type, make(format)]);
  return Object.fromEntries(made) as Readonly<Record<EventType, T>>;
}

function writtenOf({ carries, fields }: EventFormat): Written[] {
  const own = Object.entries(fields).map(([name, field]): Written => ({ field, valueIn: (data) => data[name] }));
  const carried =
    carries === 'account'
      ? snapshotWritten('account', ACCOUNT_FIELDS, ACCOUNT_VALUES)
      : carries === null
        ? []
        : snapshotWritten('family', FAMILY_FIELDS, FAMILY_VALUES);
  const left: readonly Field[] = carries === 'family, issues' ? OWN_FIELDS : [];
  return [...carried.filter(({ field }) => !left.includes(field)), ...own].sort((one, other) =>
    one.field.wire < other.field.wire ? -1 : 1,
  );
}

function snapshotWritten<N extends string, S>(
  name: string,
  fields: Readonly<Record<N, Field>>,
  values: Readonly<Record<N, ValueIn<S>>>,
): Written[] {
  return (Object.keys(fields) as N[]).map((one) => ({
    field: fields[one],
    valueIn: (data) => values[one](data[name] as S),
  }));
}

/** The data of an event as it is written, members in canonical order, and the version of its shape. */
export function encodeEvent(event: DomainEvent): { readonly schemaVersion: number; readonly data: WireData } {
  const data: Record<string, unknown> = {};
  for (const { field, valueIn } of WRITTEN[event.type]) put(data, field, valueIn(event.data as unknown as EventData));
  return { schemaVersion: FORMATS[event.type].schemaVersion, data };
}

/** The event that was written. Throws `UnknownEventError`, or `MalformedEventError` if a field is not as its version says. */
export function decodeEvent(read: EventToDecode): DomainEvent {
  const format = Object.hasOwn(FORMATS, read.type) ? FORMATS[read.type as EventType] : undefined;
  if (format?.stream !== read.stream || format.schemaVersion !== read.schemaVersion) throw new UnknownEventError(read);
  const type = read.type as EventType;
  const data: Record<string, unknown> = {};
  const { carries } = format;
  if (carries === 'account') data.account = accountFrom(read.data);
  else if (carries !== null) data.family = familyFrom(read.data, carries === 'family, issues' ? read : null);
  const choices = CHOICES[type];
  for (const [name, field] of OWN[type]) {
    const value = fieldOf(read.data, field);
    const values = choices?.[name];
    data[name] = values === undefined ? value : oneOf(value as string, values, field);
  }
  return { type, data } as unknown as DomainEvent;
}
