/**
 * Prints what verifiers are tried with, a line for each: `accept` or `refuse`, why, and the token. The first is the server's own; the
 * others are signed with its key, as nobody else can, and wrong in one thing each. usage: tokens.mjs URL KEYS_FILE
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';

// Of the program that was built: there is none while imports are checked.
const built = (file) => import(new URL(`../../../dist/src/security/${file}`, import.meta.url).href);
const { Keyring } = await built('keyring.js');
const { readKeyFile } = await built('key-file.js');
const { signedJwt } = await built('signed-jwt.js');

const [url, keysFile] = process.argv.slice(2);
const MINUTE = 60;

async function post(path, body) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/v1/auth/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const credentials = { email: `${randomUUID()}@example.com`, password: 'correct horse battery staple' };
await post('register', credentials);
const { access_token: token } = await post('login', credentials);

const part = (index) => JSON.parse(Buffer.from(token.split('.')[index], 'base64url').toString());
const { alg } = part(0);
const claims = part(1);
const now = Math.floor(Date.now() / 1000);
const ours = Keyring.from(await readKeyFile(keysFile)).accessKeyAt(Date.now());
const KINDS = {
  EdDSA: ['ed25519'],
  ES256: ['ec', { namedCurve: 'P-256' }],
  RS256: ['rsa', { modulusLength: 2048 }],
};
const another = { ...ours, key: generateKeyPairSync(...KINDS[alg]).privateKey };
const signed = (more = {}, { typ = 'at+jwt', key = ours } = {}) => signedJwt(key, typ, { ...claims, ...more });
const [, , signature] = token.split('.');
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

const lines = [
  ['accept', 'as the server gave it', token],
  ['accept', 'signed again', signed()],
  ['refuse', 'expired', signed({ iat: now - 31 * MINUTE, exp: now - MINUTE })],
  ['refuse', 'for another audience', signed({ aud: 'another' })],
  ['refuse', 'of another issuer', signed({ iss: 'https://auth.example.org' })],
  ['refuse', 'of another type', signed({}, { typ: 'secevent+jwt' })],
  ['refuse', 'of the common type', signed({}, { typ: 'JWT' })],
  ['refuse', 'by another key of the same id', signed({}, { key: another })],
  ['refuse', 'by a key that is not published', signed({}, { key: { ...another, kid: 'another' } })],
  ['refuse', 'changed', `${encoded(part(0))}.${encoded({ ...claims, roles: ['admin'] })}.${signature}`],
  ['refuse', 'not signed', `${encoded({ ...part(0), alg: 'none' })}.${encoded(claims)}.`],
];
for (const [wanted, why, text] of lines) console.log([wanted, why, text].join('\t'));
