/** A resource server: takes access tokens by the keys of tokenledger, until the revocation feed says that their session has ended. */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

const { ISSUER = 'http://127.0.0.1:8080', CLIENT_ID = '', CLIENT_SECRET = '', PORT = '3000' } = process.env;
const headers = { Authorization: `Basic ${btoa([CLIENT_ID, CLIENT_SECRET].map(encodeURIComponent).join(':'))}` };
const TOKEN_LIFE_S = Number(process.env.ACCESS_TOKEN_EXPIRE_MINUTES ?? 30) * 60 + 10;
const SILENCE_MS = 30_000; // The feed says something every 15 seconds.
const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`));
const ended = new Map(); // By session or user: when, and which session of the user was kept.
const feed = { id: null, sinceS: Infinity, freshUntilMs: 0 }; // Followed without a gap since; known to be complete until.
const claimsOf = async (jwt, typ) =>
  (await jwtVerify(jwt, keys, { issuer: ISSUER, audience: 'tokenledger', typ, clockTolerance: 10 })).payload;

async function read(block) {
  const [data, id] = ['data', 'id'].map((name) => new RegExp(`^${name}: ?(.+)$`, 'm').exec(block)?.[1]);
  const { sub_id, events = {} } = data ? await claimsOf(data, 'secevent+jwt') : {};
  for (const { event_timestamp: at, kept_session_id: kept } of Object.values(events))
    ended.set(sub_id.session?.id ?? sub_id.user.sub, { at, kept });
  feed.id = id ?? feed.id;
  if (block.startsWith(': caught up') || (data && feed.freshUntilMs > 0)) feed.freshUntilMs = Date.now() + SILENCE_MS;
  for (const [key, { at }] of ended) if (at + TOKEN_LIFE_S < Date.now() / 1000) ended.delete(key); // Its tokens have expired.
}

async function follow(stop = new AbortController()) {
  await sleep(1_000); // A server that is down is not asked again at once.
  const silence = setTimeout(() => stop.abort(), SILENCE_MS);
  const init = { headers: { ...headers, ...(feed.id && { 'Last-Event-ID': feed.id }) }, signal: stop.signal };
  const answer = await fetch(`${ISSUER}/api/v1/auth/revocations`, init);
  if (answer.status === 400) feed.id = null; // The log was restored from a backup: begin now.
  if (!answer.ok) throw new Error(`the feed answers ${answer.status}`);
  if (!feed.id) feed.sinceS = Date.parse(answer.headers.get('Date')) / 1000 + 1;
  let rest = '';
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    for (rest += text; rest.includes('\n\n'); rest = rest.slice(rest.indexOf('\n\n') + 2))
      await read(rest.split('\n\n')[0]);
    silence.refresh();
  }
}

async function bearerOf(token) {
  if (Date.now() > feed.freshUntilMs) throw new Error('not caught up with the feed');
  const claims = await claimsOf(token, 'at+jwt');
  const all = ended.get(claims.sub);
  const isOver = ended.has(claims.sid) || (all && all.at > claims.iat && all.kept !== claims.sid);
  // The server knows of tokens from before the feed was followed, or of the very second. One that is bound to a key needs a proof.
  const ask = () => fetch(`${ISSUER}/oauth2/introspect`, { method: 'POST', headers, body: new URLSearchParams({ token }) });
  const isKnown = claims.iat > Math.max(feed.sinceS, all?.at ?? 0);
  if (!isOver && !claims.cnf && (isKnown || (await (await ask()).json()).active)) return claims;
  throw new errors.JWTInvalid('not good any more');
}
createServer(async ({ headers: { authorization = '' } }, response) => {
  const refused = (error) => [error instanceof errors.JOSEError ? 401 : 503, { error: error.message }];
  const bearer = bearerOf(authorization.replace(/^Bearer +/i, ''));
  const [status, body] = await bearer.then(({ sub, sid }) => [200, { sub, sid }], refused);
  response.writeHead(status, status === 401 ? { 'WWW-Authenticate': 'Bearer error="invalid_token"' } : {});
  response.end(JSON.stringify(body));
}).listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${PORT}`));
for (; ; feed.freshUntilMs = 0) await follow().catch(console.error); // While nobody is heard, all is refused.
