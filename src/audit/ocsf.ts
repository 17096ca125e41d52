import type { DomainEvent, EventType } from '../domain/event.js';
import { isoOf } from '../domain/instant.js';
import type { EventLog, LogEvent } from '../event-store/event-log.js';
import { isWithin, type Period } from './export-log.js';
import { openedClient, type AuditedClient } from './personal.js';
import type { UserAuditContext } from './context.js';

/** OCSF 1.3: class Authentication of the category Identity and Access Management. */
const CLASS = 3002;
const CATEGORY = 3;
const VERSION = '1.3.0';
/** `device` and `time_dt` are of these. */
const PROFILES = ['datetime', 'host'];
const PRODUCT = 'tokenledger';

const ACTIVITIES = { Logon: 1, Logoff: 2, Other: 99 } as const;
const STATUS = { Success: 1, Failure: 2 } as const;
const SEVERITY = { Informational: 1, High: 4 } as const;

type Activity = keyof typeof ACTIVITIES;

/** What an event is to a SIEM; what is not here is `Other`. docs/AUDIT.md has the table for people. */
const ACTIVITY: Readonly<Partial<Record<EventType, Activity>>> = {
  TokenIssued: 'Logon',
  TokenRevoked: 'Logoff',
  TokenExpired: 'Logoff',
  AllTokensRevoked: 'Logoff',
};

const PAGE = 500;

export interface OcsfContext {
  readonly eventLog: Pick<EventLog, 'readAll'>;
  readonly sealing: UserAuditContext['sealing'];
}

/**
 * What happened to users and their devices as OCSF events, oldest first: one way, and with less in it than the log has. Events of other
 * streams are left out. Rejects as the log does, and as opening sealed values does.
 */
export async function* exportOcsf(context: OcsfContext, period: Period): AsyncGenerator<object, void, undefined> {
  // The log's first event names it.
  let issuer: string | null = null;
  for (let after: string | null = null; ;) {
    const page = await context.eventLog.readAll({ maxCount: PAGE, ...(after === null ? {} : { after }) });
    for (const event of page.events) {
      if (event.event.type === 'LogOpened') issuer = event.event.data.issuer;
      if (!isWithin(period, event.occurredAt) || !isOfUser(event)) continue;
      const client = await openedClient(context, event.stream.userId, sealedClient(event.event));
      yield ocsfOf(event, { client, issuer });
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
function ocsfOf(
  { id, event, occurredAt, position, correlationId, actor, stream }: UserEvent,
  { client, issuer }: { readonly client: AuditedClient; readonly issuer: string | null },
): object {
  const { type, data } = event;
  return {
    ...classOf(type),
    ...outcomeOf(event),
    time: occurredAt,
    time_dt: isoOf(occurredAt),
    metadata: {
      version: VERSION,
      profiles: PROFILES,
      product: { name: PRODUCT, vendor_name: PRODUCT },
      uid: id,
      event_code: type,
      correlation_uid: correlationId,
    },
    user: { uid: stream.userId },
    service: { name: PRODUCT, ...(issuer === null ? {} : { uid: issuer }) },
    ...('family' in data ? { session: { uid: data.family.sid } } : {}),
    ...(stream.kind === 'token' ? { device: { uid: stream.deviceId, type_id: 0 } } : {}),
    ...clientOf(client),
    unmapped: { position, actor, ...('family' in data ? { generation: data.family.generation } : {}) },
  };
}

function classOf(type: EventType): object {
  const activity = ACTIVITY[type] ?? 'Other';
  return {
    activity_id: ACTIVITIES[activity],
    activity_name: activity === 'Other' ? type : activity,
    category_uid: CATEGORY,
    category_name: 'Identity & Access Management',
    class_uid: CLASS,
    class_name: 'Authentication',
    type_uid: CLASS * 100 + ACTIVITIES[activity],
    type_name: `Authentication: ${activity}`,
  };
}

function outcomeOf({ type, data }: DomainEvent): object {
  const reason = 'reason' in data ? data.reason : 'cause' in data ? data.cause : null;
  const severity = type === 'TokenReuseDetected' || reason === 'reuse' ? 'High' : 'Informational';
  // A token that was used before is refused. All else in the log was done.
  const status = type === 'TokenReuseDetected' ? 'Failure' : 'Success';
  const ids = { severity_id: SEVERITY[severity], severity, status_id: STATUS[status], status };
  return reason === null ? ids : { ...ids, status_detail: reason };
}

function clientOf({ ip, user_agent: agent }: AuditedClient): object {
  return {
    ...(ip === null ? {} : { src_endpoint: { ip } }),
    ...(agent === null ? {} : { http_request: { user_agent: agent } }),
  };
}
