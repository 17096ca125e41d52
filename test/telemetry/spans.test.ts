/** Spans of the whole application, as an SDK records them, and what of them gets into the log. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Credentials } from '../support/api-client.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import { basic, SECRET, startOAuthApp, type OAuthApp } from '../support/oauth-app.js';
import { openEventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { recordSpans, type RecordedSpans } from '../support/recorded-spans.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const INCOMING = { traceparent: `00-${TRACE}-${CALLER}-01` };

const traceparentOf = (span: ReadableSpan): string => {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
};
const linkedBy = (span: ReadableSpan): readonly string[] => span.links.map(({ context }) => context.spanId);
const eventsOf = async ({ application }: RunningApp): Promise<readonly LogEvent[]> =>
  (await application.eventLog.readAll()).events;

describe('with an SDK', () => {
  let spans: RecordedSpans;
  let oauth: OAuthApp;
  let app: RunningApp;
  const credentials: Credentials = freshCredentials();
  const secrets: string[] = [credentials.email, credentials.password, '127.0.0.1'];

  /** The one span of a name whose parent is the caller's. */
  const ofCaller = (name: string): ReadableSpan => {
    const found = spans.named(name).filter(({ parentSpanContext }) => parentSpanContext?.spanId === CALLER);
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  const childrenOf = (span: ReadableSpan): readonly ReadableSpan[] =>
    spans.all().filter(({ parentSpanContext }) => parentSpanContext?.spanId === span.spanContext().spanId);

  beforeAll(async () => {
    spans = recordSpans();
    oauth = await startOAuthApp();
    ({ app } = oauth);
    const registered = await app.api.post('register', credentials, INCOMING);
    const signedIn = await app.api.post<{ refresh_token: string }>('login', credentials, INCOMING);
    const body = { refresh_token: signedIn.body.refresh_token };
    const refreshed = await app.api.post('refresh', body, { ...INCOMING, 'idempotency-key': 'one' });
    expect([registered.status, signedIn.status, refreshed.status]).toEqual([201, 200, 200]);
    secrets.push(body.refresh_token, String(registered.body.user_id));
    await eventually('the mails are sent', async () => {
      const sent = (await eventsOf(app)).filter(({ event }) => event.type === 'MailSent');
      return sent.length >= 2 && spans.named('mail').length >= 2;
    });
  });
  afterAll(async () => {
    await oauth.close();
    spans.stop();
  });

  it.each([
    ['RegisterUser', 'registered', ['email', 'user']],
    ['IssueToken', 'issued', ['token']],
    ['RotateToken', 'rotated', ['token']],
  ])('a %s is a span of the caller’s trace, and its appends are its children', (command, outcome, streams) => {
    const span = ofCaller(`command ${command}`);
    expect(span.spanContext().traceId).toBe(TRACE);
    expect(span.attributes).toEqual({ 'tokenledger.outcome': outcome });
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(childrenOf(span).map(({ name, attributes }) => [name, attributes['tokenledger.stream']])).toEqual(
      streams.map((stream) => ['append', stream]),
    );
  });

  it.each([
    ['RegisterUser', 'UserRegistered'],
    ['IssueToken', 'TokenIssued'],
    ['RotateToken', 'TokenRotated'],
  ])('what %s appends names it', async (command, type) => {
    const events = (await eventsOf(app)).filter(({ event }) => event.type === type);
    expect(events.map(({ traceparent }) => traceparent)).toEqual([traceparentOf(ofCaller(`command ${command}`))]);
  });

  it('the projector’s spans begin traces of their own and link to the commands', async () => {
    const commands = ['RegisterUser', 'IssueToken', 'RotateToken'].map((name) => ofCaller(`command ${name}`));
    const linked = (): readonly string[] => spans.named('processor projector').flatMap(linkedBy);
    await eventually('all is projected', () => commands.every((span) => linked().includes(span.spanContext().spanId)));
    for (const span of spans.named('processor projector')) {
      expect(span.parentSpanContext).toBeUndefined();
      expect(span.spanContext().traceId).not.toBe(TRACE);
    }
  });

  it('a mail links to the command that asked for it, and carries its own trace on', async () => {
    const mails = spans.named('mail');
    const commands = ['RegisterUser', 'IssueToken'].map((name) => ofCaller(`command ${name}`).spanContext().spanId);
    expect(mails.flatMap(linkedBy)).toEqual(expect.arrayContaining(commands));
    expect(mails.map(({ attributes }) => attributes['tokenledger.mail'])).toContain('verify');
    const sent = (await eventsOf(app)).filter(({ event }) => event.type === 'MailSent');
    expect(sent.map(({ traceparent }) => traceparent).sort()).toEqual(mails.map(traceparentOf).sort());
  });

  it('a follower’s span links too', async () => {
    const stream = await openEventStream(`${app.url}/api/v1/auth/revocations`, basic('gateway', SECRET));
    const { access_token } = await app.api.signIn(credentials);
    await app.api.logoutAll(access_token);
    await stream.messages(1);
    stream.close();
    const [followed] = spans.named('follower revocations');
    const [revoked] = spans.named('command RevokeAllTokens');
    expect(linkedBy(followed!)).toEqual([revoked!.spanContext().spanId]);
    expect(followed!.parentSpanContext).toBeUndefined();
  });

  it('an append that lost is an error; the command that went on is none', async () => {
    const { refresh_token } = await app.api.signIn(credentials);
    for (const key of ['first', 'second', 'second'])
      await app.api.post('refresh', { refresh_token }, { ...INCOMING, 'idempotency-key': key });
    const failed = spans.all().filter(({ status }) => status.code === SpanStatusCode.ERROR);
    expect(failed.length).toBeGreaterThan(0);
    for (const { name, attributes, status, events } of failed) {
      expect([name, attributes['error.type']]).toEqual(['append', 'WrongExpectedRevisionError']);
      expect([status.message, events]).toEqual([undefined, []]);
    }
    const outcomes = spans.named('command RotateToken').map(({ attributes }) => attributes['tokenledger.outcome']);
    expect(outcomes.some((outcome) => outcome === 'contested' || outcome === 'reused')).toBe(true);
  });

  it('no span says who, where or what with', () => {
    const said = spans
      .all()
      .map(({ name, attributes, events, status }) => JSON.stringify([name, attributes, events, status]));
    expect(said.length).toBeGreaterThan(10);
    for (const secret of secrets) expect(said.filter((text) => text.includes(secret))).toEqual([]);
  });

  it.each([['00-0-0-0'], [`00-${'0'.repeat(32)}-${CALLER}-01`], [`${INCOMING.traceparent}, ${INCOMING.traceparent}`]])(
    'a traceparent like %s is no parent',
    async (traceparent) => {
      const before = spans.named('command RevokeToken').length;
      await app.api.post('logout', { refresh_token: 'x' }, { traceparent });
      const [span] = spans.named('command RevokeToken').slice(before);
      expect([span!.parentSpanContext, span!.attributes]).toEqual([undefined, { 'tokenledger.outcome': 'invalid' }]);
    },
  );
});

describe('without an SDK', () => {
  it('no event names a trace, whatever the request says', async () => {
    const app = await startApp();
    const credentials = freshCredentials();
    await app.api.post('register', credentials, INCOMING);
    const signedIn = await app.api.post('login', credentials, INCOMING);
    expect(signedIn.status).toBe(200);
    const events = await eventsOf(app);
    expect(events.length).toBeGreaterThan(3);
    expect(events.filter(({ traceparent }) => traceparent !== undefined)).toEqual([]);
    await app.close();
  });
});
