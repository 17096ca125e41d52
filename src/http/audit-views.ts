import { z } from 'zod';

const time = z.iso.datetime().describe('ISO 8601 in UTC');
const client = {
  ip: z.string().nullable().describe('`erased` if the user was erased.'),
  user_agent: z.string().nullable(),
};

const destroyedStreams = z
  .array(z.string())
  .optional()
  .describe('Streams of the user that were destroyed at the event store, if any: what stood in them is missing.');

export const TimelineView = z.object({
  items: z.array(
    z.object({
      position: z.string().describe('Where it stands in the log: may be sent as `position` to the state.'),
      stream: z.string(),
      revision: z.int(),
      event_id: z.uuid(),
      type: z.string(),
      occurred_at: time,
      actor: z.string(),
      session_id: z.uuid().nullable(),
      generation: z.int().nullable(),
      ...client,
      words: z.string().describe('What it means, for a person.'),
    }),
  ),
  next: z.string().nullable().describe('Send it as `after` for the next page; null after the last.'),
  destroyed_streams: destroyedStreams,
});

export const StateView = z.object({
  at: time,
  position: z.string().nullable(),
  status: z.string().nullable().describe('Null before the registration.'),
  devices: z.array(
    z.object({
      session_id: z.uuid(),
      device_id: z.guid(),
      device_name: z.string().nullable(),
      generation: z.int(),
      ...client,
      issued_at: time,
      expires_at: time,
    }),
  ),
  destroyed_streams: destroyedStreams,
});

export const TheftView = z.object({
  items: z.array(
    z.object({
      user_id: z.uuid(),
      session_id: z.uuid(),
      detected_at: time,
      generation: z.int(),
      label: z.enum(['stolen', 'lost_response', 'concurrent_client']),
      holders: z.array(z.object({ ...client, from: time, to: time, generations: z.array(z.int()) })),
      exposed_from: time.nullable(),
      exposed_to: time.nullable(),
    }),
  ),
  next: z.string().nullable().describe('Send it as `after` for the next page; null after the last.'),
});
