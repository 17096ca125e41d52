/** What an auditor may ask, played from a script: users with what happened to them. */

import { problem, type FakeAnswer, type FakeRequest, type FakeRoute } from './fake-answer.js';

export interface FakeEntry {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
  readonly event_id: string;
  readonly type: string;
  readonly occurred_at: string;
  readonly actor: string;
  readonly session_id: string | null;
  readonly generation: number | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly words: string;
}

export interface FakeTheft {
  readonly user_id: string;
  readonly session_id: string;
  readonly detected_at: string;
  readonly generation: number;
  readonly label: 'stolen' | 'lost_response' | 'concurrent_client';
  readonly holders: readonly object[];
  readonly exposed_from: string | null;
  readonly exposed_to: string | null;
}

/** A user whose history a test writes. */
export interface FakeAudited {
  readonly user_id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly status: 'active' | 'disabled' | 'erased';
  readonly created_at: string;
  readonly entries: readonly FakeEntry[];
  readonly thefts: readonly FakeTheft[];
  /** The devices that were signed in at an instant. */
  readonly devicesAt: (at: number) => readonly object[];
}

export class FakeAudit {
  isAuditor = true;
  users: FakeAudited[] = [];
  note: string | null = NOTE;
  /** How many events a page of a timeline has. */
  page = 100;
}

export const KEY = 'log.example.com+0a7ffced+AT79L1gfbGoDCL1H0TOAlVm/mst37BkRXtSVd7d2rhu9';
export const NOTE = `log.example.com
2307
o/nJTD5ojFtaJk+q69OzKy/mWNreL4/+YFCJ7BIhzu4=

— log.example.com Cn/87eCT1IWqVRZzEHuduNQjPMyPEq5Kol76UW4b92uIkEeL9lFamAOkaOU8eDJeBaMKmnOYwvKtObHeobEWIQLWygo=
`;

/** What an audit path answers by the script; nothing for any other path. */
export function auditAnswer(audit: FakeAudit, request: FakeRequest): FakeAnswer | undefined {
  for (const [route, answer] of auditRoutes(audit)) {
    const found = route.exec(`${request.method} ${request.path}`);
    if (found) return answer(request, found[1] ?? '');
  }
  return undefined;
}

function auditRoutes(audit: FakeAudit): FakeRoute[] {
  const role =
    (answer: (request: FakeRequest, id: string) => FakeAnswer) =>
    (request: FakeRequest, id: string): FakeAnswer =>
      audit.isAuditor ? answer(request, id) : problem(403, 'forbidden');
  const ofUser = (answer: (user: FakeAudited, query: URLSearchParams) => object) =>
    role(({ query }, id) => {
      const user = audit.users.find(({ user_id: known }) => known === id);
      return user === undefined ? problem(404, 'not_found') : { status: 200, body: answer(user, query) };
    });
  const text = (body: string | null): FakeAnswer =>
    body === null ? problem(404, 'not_found') : { status: 200, body, headers: { 'content-type': 'text/plain' } };
  return [
    [/^GET \/api\/v1\/audit\/users$/, role(({ query }) => usersAnswer(audit, query))],
    [/^GET \/api\/v1\/audit\/users\/([\w-]+)$/, ofUser(shown)],
    [
      /^GET \/api\/v1\/audit\/users\/([\w-]+)\/timeline$/,
      ofUser(({ entries }, query) => {
        const after = query.get('after') ?? '';
        const left = entries.filter(({ position }) => position > after);
        const items = left.slice(0, audit.page);
        return { items, next: left.length > items.length ? items.at(-1)!.position : null };
      }),
    ],
    [/^GET \/api\/v1\/audit\/users\/([\w-]+)\/state$/, ofUser(stateAnswer)],
    [/^GET \/api\/v1\/audit\/users\/([\w-]+)\/theft$/, ofUser(({ thefts }) => ({ items: thefts, next: null }))],
    [/^GET \/api\/v1\/audit\/checkpoint$/, role(() => text(audit.note))],
    [/^GET \/api\/v1\/audit\/key$/, role(() => text(KEY))],
  ];
}

function shown({ user_id, email, name, status, created_at }: FakeAudited): object {
  return { user_id, email, email_verified: true, name, status, roles: [], created_at, active_sessions: 0 };
}

function usersAnswer(audit: FakeAudit, query: URLSearchParams): FakeAnswer {
  const email = query.get('email');
  if (email === null) {
    const limit = Number(query.get('limit') ?? 100);
    const begin = audit.users.findIndex(({ user_id: id }) => id === query.get('after')) + 1;
    const users = audit.users.slice(begin, begin + limit);
    const next = begin + limit < audit.users.length ? users.at(-1)!.user_id : null;
    return { status: 200, body: { users: users.map(shown), next } };
  }
  if (!email.includes('@'))
    return problem(422, 'validation_failed', { errors: [{ path: 'email', message: 'must be an e-mail address' }] });
  const users = audit.users.filter((user) => user.email === email.trim().toLowerCase());
  return { status: 200, body: { users: users.map(shown), next: null } };
}

function stateAnswer({ entries, status, devicesAt }: FakeAudited, query: URLSearchParams): object {
  const position = query.get('position');
  const at = query.get('at') === null ? Date.now() : Date.parse(query.get('at')!);
  const last = entries.findLast((entry) =>
    position === null ? Date.parse(entry.occurred_at) <= at : entry.position <= position,
  );
  if (last === undefined) return { at: new Date(at).toISOString(), position: null, status: null, devices: [] };
  const then = position === null ? at : Date.parse(last.occurred_at);
  const isErased = status === 'erased' && last === entries.at(-1);
  return {
    at: new Date(then).toISOString(),
    position: last.position,
    status: isErased ? 'erased' : 'active',
    devices: devicesAt(then),
  };
}
