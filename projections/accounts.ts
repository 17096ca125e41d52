import type { AccountEvent } from '../src/domain/account/events.js';
import type { AccountSnapshot } from '../src/domain/account/snapshot.js';
import { MAX_REVOCATIONS, type AccountDocument } from '../src/read-model/documents.js';
import { ProjectionError, type Projection, type Reducer, type TypedEvent } from './projection.js';

/** Users' streams → accounts, one document a user. */
export const ACCOUNTS: Projection<'accounts', 'user'> = {
  collection: 'accounts',
  stream: 'user',
  documentId: ({ stream }) => stream.userId,
  reducers: {
    UserRegistered: registered,
    RegistrationAbandoned: abandoned,
    PasswordChanged: changed((document, { event }) => (event.data.nameDropped ? { ...document, name: null } : document)),
    PasswordResetRequested: changed(),
    EmailVerificationRequested: changed(),
    EmailVerified: changed(),
    AllTokensRevoked: changed(revoked),
    UserDisabled: changed(),
    UserEnabled: changed(),
    UserErased: changed((document) => ({ ...document, email: null, emailKey: null, name: null })),
    RoleGranted: changed(),
    RoleRevoked: changed(),
  },
};

type Of<T extends AccountEvent['type']> = TypedEvent<'user', T>;

function registered(document: AccountDocument | undefined, event: Of<'UserRegistered'>): AccountDocument {
  if (document !== undefined) throw new ProjectionError('the account exists already');
  const { account, email, emailKey, name } = event.event.data;
  return {
    id: event.stream.userId,
    ...shown(account),
    revocations: [],
    email,
    emailKey,
    name,
    registeredAt: event.occurredAt,
    statusSince: event.occurredAt,
    position: event.position,
  };
}

/** Nobody can sign in to a registration that was given up, and nothing follows it in its stream: there is nothing to show. */
function abandoned(document: AccountDocument | undefined): undefined {
  if (document !== undefined) throw new ProjectionError('the account was registered');
}

function revoked(document: AccountDocument, { event, occurredAt }: Of<'AllTokensRevoked'>): AccountDocument {
  const { account, reason } = event.data;
  const revocation = { epoch: account.epoch, at: occurredAt, reason, kept: account.kept };
  return { ...document, revocations: [revocation, ...document.revocations].slice(0, MAX_REVOCATIONS) };
}

/** A reducer for the events after the first: what each of them says of the account, and what this type changes besides. */
function changed<T extends AccountEvent['type']>(
  change: (document: AccountDocument, event: Of<T>) => AccountDocument = (document) => document,
): Reducer<'accounts', 'user', T> {
  return (document, event) => {
    if (document === undefined) throw new ProjectionError('the account does not exist');
    const { account } = (event.event as AccountEvent).data;
    const statusSince = account.status === document.status ? document.statusSince : event.occurredAt;
    return { ...change(document, event), ...shown(account), statusSince, position: event.position };
  };
}

/** What is shown of the snapshot that every event of a user's stream carries. */
function shown({
  status,
  epoch,
  kept,
  emailVerified,
  roles,
}: AccountSnapshot): Pick<AccountDocument, 'status' | 'epoch' | 'kept' | 'emailVerified' | 'roles'> {
  return { status, epoch, kept, emailVerified, roles };
}
