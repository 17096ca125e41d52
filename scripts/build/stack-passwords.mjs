/** Makes the passwords of the stack's databases, once: in .env, which Compose reads, for its owner alone. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, readFileSync } from 'node:fs';

const FILE = '.env';
const NAMES = ['MONGODB_ADMINISTRATOR_PASSWORD', 'MONGODB_PASSWORD', 'MONGODB_CLUSTER_PASSWORD'];

const text = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
// What is there stays: the databases know it.
const missing = NAMES.filter((name) => !new RegExp(`^${name}=.`, 'm').test(text));
const before = text === '' || text.endsWith('\n') ? '' : '\n';
// Letters, digits, - and _ need no escapes in a connection string.
const lines = missing.map((name) => `${name}=${randomBytes(24).toString('base64url')}\n`).join('');
if (missing.length > 0) appendFileSync(FILE, before + lines, { mode: 0o600 });
if (existsSync(FILE)) chmodSync(FILE, 0o600);
