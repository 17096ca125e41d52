import type { AccountStatus, SparedFamily } from '../src/domain/account/state.js';
import type { RecordedEvent } from '../src/event-store/event-store.js';
import type { AccountDocument } from '../src/read-model/documents.js';
import {
  count,
  fieldsOf,
  fieldsOrNull,
  occurredAt,
  oneOf,
  ProjectionError,
  text,
  textOrNull,
  texts,
  type Fields,
} from './event-data.js';
import type { Projection, Reducer } from './projection.js';

/** Users' streams → accounts, one document a user. */
export const ACCOUNTS: Projection<'accounts'> = {
  collection: 'accounts',
  streamPrefix: 'user-',
  documentId: (event) => text(fieldsOf(event), 'userId'),
  reducers: {
    UserRegistered: registered,
    RegistrationAbandoned: abandoned,
    PasswordChanged: changed(),
    AllTokensRevoked: changed((event) => ({ revokedAt: occurredAt(event) })),
    EmailVerified: changed(() => ({ emailVerified: true })),
    UserDisabled: changed(),
    UserEnabled: changed(),
    UserErased: changed((event) => ({ email: null, name: null, revokedAt: occurredAt(event) })),
  },
};

const STATUSES: readonly AccountStatus[] = ['active', 'disabled', 'erased', 'abandoned'];

function registered(document: AccountDocument | undefined, event: RecordedEvent): AccountDocument {
  if (document !== undefined) throw new ProjectionError('the account exists already');
  const fields = fieldsOf(event);
  return {
    id: text(fields, 'userId'),
    ...facts(fields),
    revokedAt: null,
    email: text(fields, 'email'),
    name: textOrNull(fields, 'name'),
    emailVerified: false,
    roles: texts(fields, 'roles'),
    registeredAt: occurredAt(event),
    position: event.position,
  };
}

/** Nobody can sign in to a registration that was given up, and nothing follows it in its stream: there is nothing to show. */
function abandoned(document: AccountDocument | undefined): undefined {
  if (document !== undefined) throw new ProjectionError('the account was registered');
}

/** A reducer for the events after the first: what all of them say of the account, and what this one changes besides. */
function changed(change: (event: RecordedEvent) => Partial<AccountDocument> = () => ({})): Reducer<'accounts'> {
  return (document, event) => {
    if (document === undefined) throw new ProjectionError('no such account');
    return { ...document, ...facts(fieldsOf(event)), ...change(event), position: event.position };
  };
}

function facts(fields: Fields): Pick<AccountDocument, 'status' | 'epoch' | 'spared'> {
  return {
    status: oneOf(fields, 'status', STATUSES),
    epoch: count(fields, 'epoch'),
    spared: spared(fieldsOrNull(fields, 'spared')),
  };
}

function spared(fields: Fields | null): SparedFamily | null {
  return fields === null ? null : { sid: text(fields, 'sid'), epoch: count(fields, 'epoch') };
}
