import { deviceStream } from '../domain/token-family/events.js';
import type { FamilyFacts } from '../domain/token-family/facts.js';
import { rotateToken, type RotateToken, type RotationDecision } from '../domain/token-family/rotate-token.js';
import type { FamilyState } from '../domain/token-family/state.js';
import type { Sealed } from '../domain/event.js';
import { WrongExpectedRevisionError } from '../event-store/errors.js';
import type { Position } from '../event-store/position.js';
import type { Origin, Refresh } from './commands.js';
import { currentInstant, type CommandContext } from './context.js';
import { loadAccountFacts, loadFamilyAndAccount, newer } from './load.js';
import { recording } from './recording.js';
import { familyOf, tokenPair } from './token-pair.js';
import { untilNoConflict } from './until-no-conflict.js';

/**
 * RotateToken (RFC 6749 §6, RFC 9700 §4.14.2). The token's claims are the state its family had when it was issued. If nothing
 * happened since, which the append at its revision proves, deciding from them is enough: one read and one append. Whatever
 * else there is to say, the device's stream says.
 */
export async function refresh(context: CommandContext, refreshToken: string, origin: Origin): Promise<Refresh> {
  const claims = await context.refreshTokens.verify(refreshToken);
  if (claims === null) return { outcome: 'invalid' };
  const family = familyOf(claims);
  const client = await context.clientSealing.sealIfPossible(family.userId, origin);
  const presentation = { family, client, origin };
  return (await rotateByClaims(context, presentation)) ?? untilNoConflict(() => rotateByStream(context, presentation));
}

/** A genuine refresh token and who presented it. */
interface Presentation {
  readonly family: FamilyFacts;
  readonly client: Sealed | null;
  readonly origin: Origin;
}

async function rotateByClaims(context: CommandContext, presentation: Presentation): Promise<Refresh | null> {
  const { family } = presentation;
  const account = await loadAccountFacts(context.eventStore, family.userId);
  if (account === null) return { outcome: 'invalid' };
  const state = { ...family, revision: family.token.revision, end: null, redelivered: false };
  const command = rotation(context, presentation, account.state);
  const decision = rotateToken(state, command);
  if (decision.outcome !== 'rotated') return null;
  try {
    return await carryOut(context, presentation, { state, decision, position: account.position });
  } catch (error) {
    if (error instanceof WrongExpectedRevisionError) return null;
    throw error;
  }
}

async function rotateByStream(context: CommandContext, presentation: Presentation): Promise<Refresh> {
  const { userId, deviceId } = presentation.family;
  const loaded = await loadFamilyAndAccount(context.eventStore, userId, deviceId);
  if (loaded === null) return { outcome: 'invalid' };
  const { family, account } = loaded;
  const decision = rotateToken(family.state, rotation(context, presentation, account.state));
  const position = newer(family.position, account.position);
  return carryOut(context, presentation, { state: family.state, decision, position });
}

function rotation(context: CommandContext, { family, client }: Presentation, account: RotateToken['account']): RotateToken {
  return {
    presented: { sid: family.sid, generation: family.generation, jti: family.token.jti },
    account,
    now: currentInstant(context),
    lifetimes: context.lifetimes,
    successor: { jti: context.newId(), keyId: context.refreshTokens.currentKeyId },
    client,
  };
}

/** What was decided on which state, and how far the log was read for it. */
interface Decided {
  readonly state: FamilyState;
  readonly decision: RotationDecision;
  readonly position: Position;
}

async function carryOut(
  context: CommandContext,
  { family, origin }: Presentation,
  { state, decision, position: read }: Decided,
): Promise<Refresh> {
  const { outcome, events } = decision;
  const { userId } = family;
  let position = read;
  if (events.length > 0) {
    // Who presents a stolen token is not known to be the user.
    const actor = outcome === 'reused' ? ({ kind: 'system' } as const) : ({ kind: 'user', userId } as const);
    const recorded = recording(context, events, { correlationId: origin.correlationId, actor });
    const stream = deviceStream(userId, family.deviceId);
    ({ position } = await context.eventStore.append(stream, recorded, state.revision));
  }
  switch (outcome) {
    case 'rotated':
    case 'redelivered':
      return { outcome, tokens: await tokenPair(context, events[0]?.data ?? state), userId, position };
    case 'invalid':
      return { outcome };
    case 'expired':
    case 'revoked':
    case 'reused':
      return { outcome, userId, position };
  }
}
