import type { Context } from 'koa';
import { CLIENT_ID, type ClientCredentials } from '../security/oauth-clients.js';
import type { HttpDependencies } from './dependencies.js';
import { limitedAttempt } from './limiting.js';
import { BEARER_CHALLENGE, Problem } from './problem.js';
import { hangUpSignal } from './request-context.js';

/** What is asked to find out which client sent a request. */
export type ClientAuthenticators = Pick<HttpDependencies, 'clients' | 'limits' | 'metrics' | 'securityLog'>;

const BASIC = /^Basic(?: |$)/i;
const BASIC_CHALLENGE = 'Basic realm="tokenledger"';

/**
 * 401 where a client or a Bearer may ask and the request names neither: both challenges (RFC 7662 §2.3), and the error of a client that
 * does not prove itself, since RFC 6750 §3.1 has none for a request without a token.
 */
export function clientOrBearerMissing(): Problem {
  const detail =
    'Authenticate as a client by HTTP Basic authentication (client_secret_basic; a secret in the form is not read), or send a Bearer token.';
  return new Problem('invalid_client', {
    detail,
    headers: { 'WWW-Authenticate': `${BASIC_CHALLENGE}, ${BEARER_CHALLENGE}` },
  });
}

/** 401 for a client that does not prove itself (RFC 6749 §5.2). */
export function invalidClient(detail?: string): Problem {
  const headers = { 'WWW-Authenticate': BASIC_CHALLENGE };
  return new Problem('invalid_client', detail === undefined ? { headers } : { detail, headers });
}

/**
 * The client of a request at an endpoint of OAuth: by `client_secret_basic`, else by the `client_id` of the form; null without
 * both. A client that is not registered is a public one. Throws `Problem` 400, 401 or 429.
 */
export async function clientOf(
  ctx: Context,
  { client_id, client_secret }: { readonly client_id?: string | undefined; readonly client_secret?: string | undefined },
  authenticators: ClientAuthenticators,
): Promise<string | null> {
  if (client_secret !== undefined) throw secretInForm(ctx);
  const authenticated = await authenticatedClient(ctx, authenticators);
  if (authenticated === null) {
    if (client_id === undefined || !authenticators.clients.hasSecret(client_id)) return client_id ?? null;
    throw invalidClient();
  }
  if (client_id !== undefined && client_id !== authenticated)
    throw new Problem('malformed_request', { detail: 'The form names another client than the Authorization header.' });
  return authenticated;
}

/** RFC 6749 §5.2: two ways to authenticate in one request are a malformed one, and not a client that failed. */
function secretInForm(ctx: Context): Problem {
  const detail = 'Send the secret by HTTP Basic authentication alone.';
  return BASIC.test(ctx.get('Authorization')) ? new Problem('malformed_request', { detail }) : invalidClient(detail);
}

/**
 * The client that `client_secret_basic` names and proves (RFC 6749 §2.3.1); null without that header. Some libraries send a
 * public client's id that way, with an empty secret: it is then named, and proves nothing. Throws `Problem` 401 or 429.
 */
export async function authenticatedClient(ctx: Context, authenticators: ClientAuthenticators): Promise<string | null> {
  // The scheme alone is an attempt to authenticate, too, and none that succeeds.
  if (!BASIC.test(ctx.get('Authorization'))) return null;
  const { clients } = authenticators;
  const candidates = credentialsOf(ctx);
  const [{ clientId, secret }] = candidates;
  if (secret === '' && CLIENT_ID.test(clientId) && !clients.hasSecret(clientId)) return clientId;
  // Every id whose secret is tried counts, however it is spelt. Ids are public (RFC 6749 §2.2), so limits may show which are registered.
  const ids = new Set(candidates.map((candidate) => candidate.clientId));
  const registeredClients = [...ids].filter((id) => clients.hasSecret(id));
  const { known } = await limitedAttempt(ctx, { registeredClients }, authenticators, async () => {
    const found = await clients.authenticateOne(candidates, hangUpSignal(ctx));
    return { outcome: found === null ? 'invalid_credentials' : 'known', known: found };
  });
  if (known === null) throw invalidClient();
  return known;
}

/**
 * Id and secret of the header. They are form-encoded before they are joined (RFC 6749 §2.3.1), but some libraries join them as they
 * are: where that makes a difference both readings are there, the standard's first.
 */
function credentialsOf(ctx: Context): readonly [ClientCredentials, ...ClientCredentials[]] {
  const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(basicCredentials(ctx)) ?? [];
  const decoded = { clientId: formDecoded(id), secret: formDecoded(secret) };
  return decoded.clientId === id && decoded.secret === secret ? [decoded] : [decoded, { clientId: id, secret }];
}

function basicCredentials(ctx: Context): string {
  return Buffer.from(ctx.get('Authorization').slice('Basic '.length), 'base64').toString();
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
