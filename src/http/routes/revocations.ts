import { Readable } from 'node:stream';
import { z } from 'zod';
import type { FeedItem, HttpServices } from '../dependencies.js';
import { Problem } from '../problem.js';
import { hangUpSignal } from '../request-context.js';
import { presentedAccessToken } from '../routing/authenticate.js';
import { defineRoute, type Route } from '../routing/route.js';

const STREAM_TYPE = 'text/event-stream';
const RETRY_MS = 2_000;
const ROLE = 'resource_server';

/** What ended, for those who accept access tokens without asking. */
export const revocationRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/auth/revocations',
    summary: 'Revocation feed',
    description:
      'Server-sent events for resource servers: each `data` is one signed security event token (RFC 8417) with one event of CAEP 1.0, ' +
      '`session-revoked` or `credential-change`; the comment `caught up` says that there is no more now. Begins now, or after ' +
      '`Last-Event-ID`. A message without a session in its `sub_id` is about all sessions of the user but `kept_session_id`. For ' +
      'clients with a secret that are resource servers, and for Bearers with the role `resource_server`, as long as they have it and their token is good.',
    tag: 'services',
    input: { headers: z.object({ 'last-event-id': z.string().optional().describe('The `id` that was read last.') }) },
    outputs: { 200: { mediaType: STREAM_TYPE } },
    problems: ['invalid_log_position', 'invalid_client', 'token_invalid', 'token_expired', 'token_revoked', 'forbidden'],
    errorFormat: 'problem',
    who: { client: true, orRole: ROLE },
    handler: async ({ ctx, headers }, { queries, revocations }: HttpServices) => {
      const lastEventId = headers['last-event-id'] ?? '';
      const items = await revocations.open(lastEventId === '' ? null : lastEventId);
      if (items === null)
        throw new Problem('invalid_log_position', {
          detail: 'This id was never given: drop what is cached and begin without one.',
        });
      const token = presentedAccessToken(ctx);
      const isAllowed = async (): Promise<boolean> => {
        if (token === null) return true;
        const bearer = await queries.authenticate(token);
        return bearer.outcome === 'authenticated' && bearer.roles.includes(ROLE);
      };
      return {
        status: 200,
        body: Readable.from(blocks(items(hangUpSignal(ctx)), isAllowed)),
        // Proxies that buffer would hold messages back.
        headers: { 'Content-Type': STREAM_TYPE, 'X-Accel-Buffering': 'no' },
      };
    },
  }),
];

/** The stream as text (HTML Standard, §9.2). Ends when the receiver has lost its right, which is checked in quiet moments. */
async function* blocks(items: AsyncIterable<FeedItem>, isAllowed: () => Promise<boolean>): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  for await (const item of items) {
    if (item.kind === 'message') yield `id: ${item.id}\ndata: ${item.set}\n\n`;
    // With its id, so that a receiver that has read no message yet resumes here too.
    else if (item.kind === 'caught_up') yield `: caught up\nid: ${item.id}\n\n`;
    else yield ': behind\n\n';
    if (item.kind === 'caught_up' && !(await isAllowed())) return;
  }
}
