/** A stream of ours, by what it is about. Its name says so, and no event of it says it again. */
export type StreamId =
  /** One device of a user: the families that lived there, one after another. */
  | { readonly kind: 'token'; readonly userId: string; readonly deviceId: string }
  /** One user's account. */
  | { readonly kind: 'user'; readonly userId: string }
  /** One email; the key is an HMAC of its normal form (43 base64url characters). */
  | { readonly kind: 'email'; readonly key: string }
  /** What became of the mail that one event asks for. */
  | { readonly kind: 'mail'; readonly eventId: string }
  /** The checkpoint notes. */
  | { readonly kind: 'seal' }
  /** The log's own history. */
  | { readonly kind: 'log' };

export type StreamKind = StreamId['kind'];

export function tokenStream(userId: string, deviceId: string): StreamId & { readonly kind: 'token' } {
  return { kind: 'token', userId, deviceId };
}
export function userStream(userId: string): StreamId & { readonly kind: 'user' } {
  return { kind: 'user', userId };
}
export function emailStream(key: string): StreamId & { readonly kind: 'email' } {
  return { kind: 'email', key };
}
export function mailStream(eventId: string): StreamId & { readonly kind: 'mail' } {
  return { kind: 'mail', eventId };
}
export const SEAL_STREAM: StreamId & { readonly kind: 'seal' } = { kind: 'seal' };
export const LOG_STREAM: StreamId & { readonly kind: 'log' } = { kind: 'log' };

/** The name of a stream, without the installation's prefix. */
export function streamName(stream: StreamId): string {
  switch (stream.kind) {
    case 'token':
      return `token-${stream.userId}.${stream.deviceId}`;
    case 'user':
      return `user-${stream.userId}`;
    case 'email':
      return `email-${stream.key}`;
    case 'mail':
      return `mail-${stream.eventId}`;
    case 'seal':
    case 'log':
      return stream.kind;
  }
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const TOKEN = new RegExp(`^token-(${UUID})\\.(${UUID})$`);
const USER = new RegExp(`^user-(${UUID})$`);
const EMAIL = /^email-([A-Za-z0-9_-]{43})$/;
const MAIL = new RegExp(`^mail-(${UUID})$`);

/**
 * The stream of a name, which begins with the installation's prefix; null if it is not exactly one of ours: a database may be shared with
 * other programs.
 */
export function parseStreamName(name: string, prefix = ''): StreamId | null {
  return name.startsWith(prefix) ? parseBareName(name.slice(prefix.length)) : null;
}

function parseBareName(name: string): StreamId | null {
  if (name === 'seal') return SEAL_STREAM;
  if (name === 'log') return LOG_STREAM;
  const [, owner, deviceId] = TOKEN.exec(name) ?? [];
  if (owner !== undefined && deviceId !== undefined) return tokenStream(owner, deviceId);
  const userId = USER.exec(name)?.[1];
  if (userId !== undefined) return userStream(userId);
  const key = EMAIL.exec(name)?.[1];
  if (key !== undefined) return emailStream(key);
  const eventId = MAIL.exec(name)?.[1];
  return eventId === undefined ? null : mailStream(eventId);
}
