import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ROLES } from '../domain/account/snapshot.js';
import { CLIENT_ID, type OAuthClient } from '../security/oauth-clients.js';
import { problemOfArgon2idHash } from './argon2id-hash.js';
import { origins } from './checks.js';
import { codeOf, ConfigError } from './errors.js';

const OWN_CLIENT_ID = 'tokenledger';

const Client = z
  .strictObject({
    client_id: z
      .string()
      .regex(CLIENT_ID, 'must be 1 to 128 printable ASCII characters')
      .refine((id) => id !== OWN_CLIENT_ID, `must not be ${OWN_CLIENT_ID}, which is the server itself`),
    client_secret_hash: z
      .string()
      .superRefine((hash, context) => {
        const message = problemOfArgon2idHash(hash);
        if (message !== null) context.addIssue({ code: 'custom', message });
      })
      .optional(),
    roles: z.array(z.enum(ROLES)).optional(),
    origins: z
      .array(z.string())
      .transform((items, context) => originsOf(items, context))
      .optional(),
  })
  .refine((client) => client.roles === undefined || client.client_secret_hash !== undefined, {
    path: ['roles'],
    message: 'need a client_secret_hash: a public client proves nothing',
  });

const Clients = z
  .array(Client)
  .refine(
    (clients) => new Set(clients.map(({ client_id }) => client_id)).size === clients.length,
    'must name each client_id once',
  );

/** The clients of a file. Throws `ConfigError` that names the file and the place in it, never a value. */
export function readOAuthClients(file: string): readonly OAuthClient[] {
  const parsed = Clients.safeParse(jsonOf(file));
  if (parsed.success)
    return parsed.data.map(({ client_id, client_secret_hash, roles, origins: pages }) => ({
      clientId: client_id,
      secretHash: client_secret_hash ?? null,
      roles: roles ?? null,
      origins: pages ?? [],
    }));
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new ConfigError(`OAUTH_CLIENTS_FILE: ${file} is not usable${place}: ${issue?.message ?? 'its form is wrong'}.`);
}

function jsonOf(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(
      `OAUTH_CLIENTS_FILE names ${file}, which cannot be read (${codeOf(error)}): correct the path or its rights.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError(`OAUTH_CLIENTS_FILE: ${file} is not JSON.`);
  }
}

/** Each origin in its one form. */
function originsOf(items: readonly string[], context: z.RefinementCtx): readonly string[] {
  if (items.length === 0) return [];
  const parsed = origins().safeParse(items.join(','));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: 'must be origins, for example https://app.example.com' });
  return z.NEVER;
}
