import type { DomainEvent, EventType } from '../domain/event.js';
import { isoOf } from '../domain/instant.js';
import type { EventLog, LogEvent } from '../event-store/event-log.js';
import type { ClientInfo, ClientSealing } from '../security/client-sealing.js';
import { isWithin, type Period } from './export-log.js';

/** OCSF 1.3: class Authentication of the category Identity and Access Management. */
const CLASS = 3002;
const CATEGORY = 3;
const VERSION = '1.3.0';

const ACTIVITIES = { Logon: 1, Logoff: 2, Other: 99 } as const;
const SUCCESS = 1;
const INFORMATIONAL = 1;
const HIGH = 4;

type Activity = keyof typeof ACTIVITIES;

/** What an event is to a SIEM; what is not here is `Other`. docs/AUDIT.md has the table for people. */
const ACTIVITY: Readonly<Partial<Record<EventType, Activity>>> = {
  TokenIssued: 'Logon',
  TokenRevoked: 'Logoff',
  TokenExpired: 'Logoff',
  AllTokensRevoked: 'Logoff',
};

const PAGE = 500;

/**
 * What happened to users and their devices as OCSF events, oldest first: one way, and with less in it than the log has. Events of other
 * streams are left out. Rejects as the log does, and as opening sealed values does.
 */
export async function* exportOcsf(
  { eventLog, clientSealing }: { readonly eventLog: Pick<EventLog, 'readAll'>; readonly clientSealing: ClientSealing },
  period: Period,
): AsyncGenerator<object, void, undefined> {
  for (let after: string | null = null; ;) {
    const page = await eventLog.readAll({ maxCount: PAGE, ...(after === null ? {} : { after }) });
    for (const event of page.events) {
      if (!isWithin(period, event.occurredAt) || !isOfUser(event)) continue;
      yield ocsfOf(event, await clientSealing.open(event.stream.userId, sealedClient(event.event)));
    }
    if (page.isEnd) return;
    after = page.position;
  }
}

type UserEvent = LogEvent<'token' | 'user'>;

function isOfUser(event: LogEvent): event is UserEvent {
  return event.stream.kind === 'token' || event.stream.kind === 'user';
}

function sealedClient({ data }: DomainEvent): string | null {
  return 'client' in data ? data.client : null;
}

/** One event of OCSF. */
function ocsfOf({ id, event, occurredAt, position, correlationId, actor, stream }: UserEvent, client: ClientInfo): object {
  const { type, data } = event;
  const activity = ACTIVITY[type] ?? 'Other';
  const reason = 'reason' in data ? data.reason : 'cause' in data ? data.cause : null;
  const isTheft = type === 'TokenReuseDetected' || reason === 'reuse';
  return {
    activity_id: ACTIVITIES[activity],
    activity_name: activity === 'Other' ? type : activity,
    category_uid: CATEGORY,
    category_name: 'Identity & Access Management',
    class_uid: CLASS,
    class_name: 'Authentication',
    type_uid: CLASS * 100 + ACTIVITIES[activity],
    severity_id: isTheft ? HIGH : INFORMATIONAL,
    status_id: SUCCESS,
    time: occurredAt,
    time_dt: isoOf(occurredAt),
    metadata: {
      version: VERSION,
      product: { name: 'tokenledger', vendor_name: 'tokenledger' },
      uid: id,
      event_code: type,
      correlation_uid: correlationId,
    },
    user: { uid: stream.userId },
    ...('family' in data ? { session: { uid: data.family.sid } } : {}),
    ...(stream.kind === 'token' ? { device: { uid: stream.deviceId, type_id: 0 } } : {}),
    ...clientOf(client),
    ...(reason === null ? {} : { status_detail: reason }),
    unmapped: { position, actor, ...('family' in data ? { generation: data.family.generation } : {}) },
  };
}

function clientOf({ ip, userAgent }: ClientInfo): object {
  return {
    ...(ip === null ? {} : { src_endpoint: { ip } }),
    ...(userAgent === null ? {} : { http_request: { user_agent: userAgent } }),
  };
}
