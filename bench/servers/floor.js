/**
 * The floor: the least that any server of rotating tokens must do. A bare Koa application that verifies one token, signs two
 * and commits one row, many requests in one SQLite transaction that is flushed to the disk before they are answered.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateKeyPair, jwtVerify, SignJWT } from 'jose';
import Koa from 'koa';
import Database from 'libsql';
import getRawBody from 'raw-body';
import { announce } from '../lib/lines.js';

const folder = mkdtempSync(path.join(tmpdir(), 'floor-'));
const db = new Database(path.join(folder, 'floor.db'), { timeout: 5_000 });
db.exec('PRAGMA journal_mode=WAL');
db.exec('PRAGMA synchronous=FULL');
db.exec('create table rotations (id integer primary key, jti text not null, at text not null)');
const insert = db.prepare('insert into rotations (jti, at) values (?, ?)');

const secret = randomBytes(32);
const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });

let waiting = [];
/** Resolves once the row is on disk, with those of all requests that came in the same turn. */
function commit(jti) {
  return new Promise((resolve) => {
    waiting.push({ jti, resolve });
    if (waiting.length === 1) setImmediate(commitAll);
  });
}

function commitAll() {
  const group = waiting;
  waiting = [];
  db.exec('BEGIN IMMEDIATE');
  for (const { jti } of group) insert.run(jti, new Date().toISOString());
  db.exec('COMMIT');
  for (const { resolve } of group) resolve();
}

function refreshToken(sub) {
  const claims = { sub, jti: randomUUID() };
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setIssuedAt().setExpirationTime('7d').sign(secret);
}

function accessToken(sub) {
  return new SignJWT({ sub }).setProtectedHeader({ alg: 'EdDSA' }).setIssuedAt().setExpirationTime('30m').sign(privateKey);
}

const app = new Koa();
app.use(async (ctx) => {
  const { refresh_token: presented } = JSON.parse(String(await getRawBody(ctx.req, { limit: '16kb' })));
  const { payload } = await jwtVerify(presented, secret, { algorithms: ['HS256'] });
  await commit(payload.jti);
  const [access, refresh] = await Promise.all([accessToken(payload.sub), refreshToken(payload.sub)]);
  ctx.body = { access_token: access, refresh_token: refresh, token_type: 'bearer', expires_in: 1800 };
});

const server = app.listen(0, '127.0.0.1', async () => {
  const chains = Number(process.argv[2]);
  const tokens = await Promise.all(Array.from({ length: chains }, (_, chain) => refreshToken(`user-${chain}`)));
  const origin = `http://127.0.0.1:${server.address().port}`;
  announce({ target: { origin, path: '/refresh', type: 'application/json' }, tokens });
});

process.on('SIGTERM', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit();
});
