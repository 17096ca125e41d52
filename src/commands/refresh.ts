import type { Sealed } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import { tokenStream } from '../domain/streams.js';
import { rotateToken, type RotateToken, type RotationDecision } from '../domain/token-family/rotate-token.js';
import type { RefreshTokenClaims } from '../domain/token-family/snapshot.js';
import { stateOfToken, type FamilyState } from '../domain/token-family/state.js';
import { StreamDestroyedError, WrongExpectedRevisionError } from '../event-store/errors.js';
import { newer, type Position } from '../event-store/position.js';
import type { Presented, RefreshResult, RequestSource } from './commands.js';
import type { CommandContext } from './context.js';
import { loadAccount, type LoadedAccount } from '../event-store/load.js';
import { loadSound } from './load-sound.js';
import { recording } from './recording.js';
import { retryOnConflict } from '../event-store/waiting.js';
import { tokenPair } from './token-pair.js';

/**
 * RotateToken (RFC 6749 §6, RFC 9700 §4.14.2). The token's claims are the state its family had when it was issued. If nothing
 * happened since, which the append at its revision proves, deciding from them is enough: one read and one append. Everything
 * else is decided from the device's stream.
 */
export function refresh(context: CommandContext, presented: Presented, source: RequestSource): Promise<RefreshResult> {
  return exchange(context, { presented, source }, (presentation, decided) => carryOut(context, presentation, decided));
}

/**
 * As `refresh` for a token that is good: its family's present one, or that of a retry by the same client. Null for every other: no
 * event says that it was presented, so a left-over among several tokens counts as no theft. Deciding and appending are one step,
 * so the token cannot cease to be good in between.
 */
export function refreshIfGood(
  context: CommandContext,
  presented: Presented,
  source: RequestSource,
): Promise<RefreshResult | null> {
  return exchange(context, { presented, source }, async (presentation, decided) =>
    isGood(decided.decision) ? carryOut(context, presentation, decided) : null,
  );
}

/** One that is limited has to wait, so another one that is good goes before it. */
function isGood({ outcome }: RotationDecision): boolean {
  return outcome === 'rotated' || outcome === 'redelivered';
}

/** What is done once the stream has decided. */
type Finish<R> = (presentation: Presentation, decided: Decided) => Promise<R>;

async function exchange<R>(
  context: CommandContext,
  { presented, source }: { readonly presented: Presented; readonly source: RequestSource },
  finish: Finish<R>,
): Promise<RefreshResult | R> {
  const claims = context.refreshTokens.verify(presented.refreshToken);
  if (claims === null) return { outcome: 'invalid' };
  const { userId, family } = claims;
  const client = await context.clientSealing.sealIfPossible(userId, source);
  if (client.outcome === 'destroyed') return { outcome: 'invalid' };
  const presentation = {
    claims,
    source,
    client: client.outcome === 'sealed' ? client.sealed : null,
    isKeyMissing: client.outcome === 'key_missing',
    // An unknown tag equals any.
    tag:
      client.outcome === 'sealed' && client.key !== null
        ? context.clientTags.tagUnder(client.key, family.sid, source)
        : null,
    attempt: context.attempts.presented(family, presented.idempotencyKey),
    jkt: presented.jkt,
    clientId: presented.clientId,
  };
  if (family.token.runId === context.eventLog.runId) {
    const result = await rotateByToken(context, presentation);
    if (result !== null) return result;
  }
  return retryOnConflict(() => rotateByStream(context, presentation, finish));
}

/** A genuine refresh token and who presented it. */
interface Presentation {
  readonly claims: RefreshTokenClaims;
  readonly source: RequestSource;
  readonly client: Sealed | null;
  readonly isKeyMissing: boolean;
  readonly tag: string | null;
  readonly attempt: string | null;
  readonly jkt: string | null;
  readonly clientId: string | null;
}

/** The usual rotation; null if the token alone cannot decide. */
async function rotateByToken(context: CommandContext, presentation: Presentation): Promise<RefreshResult | null> {
  const { userId, family } = presentation.claims;
  const account = await loadAccount(context, userId, { mayBeKept: true });
  if (account === null || family.epoch > account.account.epoch) return null;
  const state = stateOfToken(family);
  const command = rotation(context, presentation, account);
  const decision = rotateToken(state, command);
  if (decision.outcome !== 'rotated') return null;
  try {
    const { position } = account;
    return await carryOut(context, presentation, { state, decision, account, position, now: command.now, onKept: true });
  } catch (error) {
    // The stream is looked at: it has gone on, or somebody has destroyed it.
    if (error instanceof WrongExpectedRevisionError || error instanceof StreamDestroyedError) return null;
    throw error;
  }
}

async function rotateByStream<R>(
  context: CommandContext,
  presentation: Presentation,
  finish: Finish<R>,
): Promise<RefreshResult | R> {
  const loaded = await loadSound(context, presentation.claims);
  if (loaded === null) return { outcome: 'invalid' };
  const { family, account } = loaded;
  const command = rotation(context, presentation, account);
  const decision = rotateToken(family.state, command);
  const position = newer(family.position, account.position);
  return finish(presentation, { state: family.state, decision, account, position, now: command.now, onKept: false });
}

function rotation(
  { now, newEventId, policy, refreshTokens, eventLog }: CommandContext,
  { claims, client, tag, attempt, jkt, clientId }: Presentation,
  { account }: LoadedAccount,
): RotateToken {
  const successor = { jti: newEventId(), keyId: refreshTokens.currentKeyId, runId: eventLog.runId };
  return { presented: claims.family, account, now: now(), policy, successor, client, tag, attempt, jkt, clientId };
}

/** What was decided on which state, and how far the log was read for it. */
interface Decided {
  readonly state: FamilyState;
  readonly decision: RotationDecision;
  readonly account: LoadedAccount;
  readonly position: Position;
  /** When it was decided: the token is issued at this time, and so is its event. */
  readonly now: Instant;
  /** Whether the account may be the one that the store kept in memory. */
  readonly onKept: boolean;
}

async function carryOut(
  context: CommandContext,
  { claims, source, isKeyMissing }: Presentation,
  { state, decision, account, position: read, now, onKept }: Decided,
): Promise<RefreshResult> {
  const { events } = decision;
  const { userId, deviceId } = claims;
  if (isKeyMissing && account.account.status === 'active') context.alarms.userKeyMissing(userId);
  let position = read;
  if (events.length > 0) {
    // Who presents a stolen or expired token is not known to be the user.
    const actor = decision.outcome === 'reused' || decision.outcome === 'expired' ? 'system' : 'user';
    const recorded = recording(context, events, { actor, correlationId: source.correlationId, now });
    ({ position } = await context.eventLog.append(tokenStream(userId, deviceId), recorded, state.revision, { onKept }));
  }
  return resultOf(context, claims, { decision, account, position, now });
}

function resultOf(
  context: CommandContext,
  { userId, deviceId, family: { sid } }: RefreshTokenClaims,
  { decision, account, position, now }: Omit<Decided, 'state' | 'onKept'>,
): RefreshResult {
  switch (decision.outcome) {
    case 'rotated':
    case 'redelivered':
    case 'contested': {
      const { outcome, family } = decision;
      const holder = { userId, deviceId, account: account.account };
      return { outcome, tokens: tokenPair(context, holder, { family, decidedAt: now }), userId, sid, position };
    }
    case 'limited':
      return { outcome: 'limited', retryAfterSeconds: Math.max(1, Math.ceil((decision.retryAt - now) / 1000)) };
    case 'invalid':
    case 'invalid_proof':
      return { outcome: decision.outcome };
    case 'expired':
    case 'revoked':
    case 'reused':
      return { outcome: decision.outcome, userId, sid, position };
  }
}
