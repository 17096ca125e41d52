/**
 * A client that takes no care: ten requests find out at once that the access token is too old, and each of them refreshes with the
 * same token. It names no attempt, keeps the token of the last answer, and does so three times.
 *
 *   node examples/naive-client.js [http://127.0.0.1:8080]
 */
const api = `${process.argv[2] ?? 'http://127.0.0.1:8080'}/api/v1/auth`;
const json = { 'content-type': 'application/json' };
const post = (path, body) => fetch(api + path, { method: 'POST', headers: json, body: JSON.stringify(body) });

const who = { email: `naive-${Date.now()}@example.com`, password: 'correct horse battery' };
await post('/register', who);
let pair = await (await post('/login', who)).json();

for (let round = 1; round <= 3; round += 1) {
  const { refresh_token } = pair;
  const answers = await Promise.all(Array.from({ length: 10 }, () => post('/refresh', { refresh_token })));
  const pairs = await Promise.all(answers.map((answer) => answer.json()));
  pair = pairs.at(-1);
  const successors = new Set(pairs.map((one) => one.refresh_token)).size;
  console.log(`round ${round}: ${answers.map(({ status }) => status).join(' ')}, refresh tokens: ${successors}`);
}

const bearer = { headers: { authorization: `Bearer ${pair.access_token}` } };
const { status } = await fetch(`${api}/me`, bearer);
const { devices, recently_ended } = await (await fetch(`${api}/devices`, bearer)).json();
console.log(`still signed in: ${status}, sessions: ${devices.length}, ended: ${recently_ended.length}`);
