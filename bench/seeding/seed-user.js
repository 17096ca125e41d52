import { randomUUID } from 'node:crypto';
import { causeOf, recording } from '../../dist/src/commands/recording.js';
import { registerUser, revokeAllTokens } from '../../dist/src/domain/account/decide.js';
import { emailStream, tokenStream, userStream } from '../../dist/src/domain/streams.js';
import { issueToken } from '../../dist/src/domain/token-family/issue-token.js';
import { rotateToken } from '../../dist/src/domain/token-family/rotate-token.js';
import { stateOf, stateOfToken } from '../../dist/src/domain/token-family/state.js';
import { Appending } from './appending.js';

const CAUSE = causeOf({ correlationId: 'AAAAAAAAAAAAAAAA' }, 'user');
/** What a desktop browser sends. */
const CLIENT = {
  ip: '127.0.0.1',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
};

/** One user with a past: registration, revocations of all tokens, then a family a device with its rotations. */
export async function seedUser(context, { email, passwordHash, devices, rotations, revocations }) {
  const userId = randomUUID();
  await context.userKeys.create(userId);
  const emailKey = context.emailKey(email);
  const seal = (field, value) => context.sealing.seal(userId, field, value);
  const registered = registerUser({
    email: await seal('email', email),
    name: null,
    emailKey,
    passwordHash: await seal('password_hash', passwordHash),
  });
  const claim = { type: 'EmailClaimed', data: { userId } };
  await context.eventLog.append(emailStream(emailKey), recorded(context, claim), 'no_stream');
  const user = new Appending(context.eventLog, userStream(userId));
  await user.add(recorded(context, registered));
  let { account } = registered.data;
  for (let count = 0; count < revocations; count += 1) {
    const revoked = revokeAllTokens(account, { kept: null, reason: 'logout_all' });
    ({ account } = revoked.data);
    await user.add(recorded(context, revoked));
  }
  await user.end();
  const tokens = [];
  let events = 2 + revocations + devices * (1 + rotations);
  for (let device = 0; device < devices; device += 1)
    tokens.push(await seedFamily(context, { userId, account, rotations }));
  return { events, tokens };
}

async function seedFamily(context, { userId, account, rotations }) {
  const deviceId = randomUUID();
  const sid = randomUUID();
  const client = await context.clientSealing.seal(userId, CLIENT);
  const tag = await context.clientTags.tagOf({ userId, sid }, CLIENT);
  const stream = new Appending(context.eventLog, tokenStream(userId, deviceId));
  const common = { account, policy: context.policy, client, tag, jkt: null };
  const { issued } = issueToken(null, {
    ...common,
    ...{ currentAccount: account, formerRevokedAt: null, sid, deviceName: null, remember: true },
    ...{ successor: successor(context), now: context.now() },
  });
  await stream.add(recorded(context, issued));
  let state = stateOf(issued, 0);
  for (let count = 0; count < rotations; count += 1) {
    const command = { ...common, presented: state.family, now: context.now(), attempt: null, clientId: null };
    const decision = rotateToken(state, { ...command, successor: successor(context) });
    if (decision.outcome !== 'rotated') throw new Error(`a rotation was ${decision.outcome}`);
    await stream.add(recorded(context, ...decision.events));
    state = stateOfToken(decision.family);
  }
  await stream.end();
  return context.refreshTokens.sign({ userId, deviceId, family: state.family });
}

function successor({ newId, refreshTokens, eventLog }) {
  return { jti: newId(), keyId: refreshTokens.currentKeyId, runId: eventLog.runId };
}

/** The time of an event that issues a token is that token's. */
function recorded(context, ...events) {
  const now = events[0].data.family?.token.tokenIssuedAt ?? context.now();
  return recording(context, events, { ...CAUSE, now });
}
