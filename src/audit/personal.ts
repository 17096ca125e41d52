import type { Sealed } from '../domain/event.js';
import type { SealedField } from '../security/sealing.js';
import type { UserAuditContext } from './context.js';

/** What stands in the place of a personal value whose user's key was destroyed. */
export const ERASED = 'erased';

/** IP and agent of a client; null if they were not recorded, `erased` if they can be read no more. */
export interface AuditedClient {
  readonly ip: string | null;
  readonly user_agent: string | null;
}

export const UNKNOWN_CLIENT: AuditedClient = { ip: null, user_agent: null };

/** Opens a sealed value; `erased` if the user's key is gone. Rejects with `StoreUnavailableError` if the keys cannot be reached. */
export async function opened(
  { sealing }: Pick<UserAuditContext, 'sealing'>,
  userId: string,
  field: SealedField,
  sealed: Sealed | null,
): Promise<string | null> {
  return sealed === null ? null : ((await sealing.open(userId, field, sealed)) ?? ERASED);
}

/** Opens IP and agent, likewise. */
export async function openedClient(
  context: Pick<UserAuditContext, 'sealing'>,
  userId: string,
  sealed: Sealed | null,
): Promise<AuditedClient> {
  const text = await opened(context, userId, 'client', sealed);
  if (text === null) return UNKNOWN_CLIENT;
  if (text === ERASED) return { ip: ERASED, user_agent: ERASED };
  const { ip, userAgent } = JSON.parse(text) as { readonly ip: string | null; readonly userAgent: string | null };
  return { ip, user_agent: userAgent };
}

/** Whether two are surely the same client: the IP is known, and IP and agent are equal. */
export function isSameClient(one: AuditedClient, other: AuditedClient): boolean {
  if (one.ip === null || one.ip === ERASED) return false;
  return one.ip === other.ip && one.user_agent === other.user_agent;
}
