import type { Sealed } from '../domain/event.js';
import type { Sealing } from './sealing.js';

/** Where a request came from: address and agent, each null if unknown. */
export interface Client {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** Seals address and agent as one value. Rejects as sealing does. */
export function sealClient(sealing: Sealing, userId: string, { ip, userAgent }: Client): Promise<Sealed> {
  return sealing.seal(userId, 'client', JSON.stringify({ ip, userAgent }));
}

/** Address and agent as they were sealed; both null if they could not be sealed then, or the user's key is gone. */
export async function openClient(sealing: Sealing, userId: string, sealed: Sealed | null): Promise<Client> {
  const opened = sealed === null ? null : await sealing.open(userId, 'client', sealed);
  return opened === null ? { ip: null, userAgent: null } : (JSON.parse(opened) as Client);
}
