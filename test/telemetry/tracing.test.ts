import { afterEach, describe, expect, it } from '@jest/globals';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { execFileSync } from 'node:child_process';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { activeTraceparent, inSpan, inTraceOf, openTracing } from '../../src/telemetry/tracing.js';
import { recordSpans, type RecordedSpans } from '../support/recorded-spans.js';

const INCOMING = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
const ONE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let spans: RecordedSpans | null = null;
const record = async (): Promise<RecordedSpans> => {
  spans = recordSpans();
  await openTracing();
  return spans;
};
afterEach(async () => {
  spans?.stop();
  spans = null;
  await openTracing();
});

describe('a span', () => {
  it('ends with its work, and names its outcome', async () => {
    const recorded = await record();
    const result = inSpan('command RotateToken', {}, async () => Promise.resolve({ outcome: 'rotated', more: 'x' }));
    expect(recorded.named('command RotateToken')).toEqual([]);
    expect(await result).toEqual({ outcome: 'rotated', more: 'x' });
    expect(recorded.named('command RotateToken').map(({ attributes }) => attributes)).toEqual([
      { 'tokenledger.outcome': 'rotated' },
    ]);
  });

  it.each([
    ['of ours', new StoreUnavailableError('event store', 'ada@example.com'), 'StoreUnavailableError'],
    ['of others', Object.assign(new Error('ada@example.com'), { name: 'ada@example.com' }), 'other'],
    ['that is no error', 'ada@example.com', 'other'],
  ])('says of a failure %s only its kind', async (_, failure, kind) => {
    const recorded = await record();
    const throwing = (): never => {
      // What a library throws need not be an error.
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw failure;
    };
    const rejecting = (): Promise<never> => Promise.resolve().then(throwing);
    await expect(inSpan('append', {}, rejecting)).rejects.toBe(failure);
    expect(() => inSpan('append', {}, throwing)).toThrow();
    expect(recorded.all()).toHaveLength(2);
    for (const { attributes, status, events } of recorded.all())
      expect([attributes, status, events]).toEqual([{ 'error.type': kind }, { code: SpanStatusCode.ERROR }, []]);
  });

  it('with links is in a trace of its own, and links to each span once, as far as it can be named', async () => {
    const recorded = await record();
    const many = Array.from(
      { length: 500 },
      (_, index) => `00-${'1'.repeat(32)}-${String(index + 1).padStart(16, '0')}-01`,
    );
    inSpan('command EraseUser', {}, () => {
      inSpan('processor eraser', { links: () => [ONE, undefined, ONE, 'x'] }, () => undefined);
      inSpan('processor projector', { links: () => many }, () => undefined);
    });
    const [eraser] = recorded.named('processor eraser');
    expect(eraser!.parentSpanContext).toBeUndefined();
    expect(eraser!.links.map(({ context }) => context.spanId)).toEqual(['b7ad6b7169203331']);
    expect(recorded.named('processor projector')[0]!.links).toHaveLength(128);
  });
});

describe('a request', () => {
  it('goes on with the trace that it names', async () => {
    const recorded = await record();
    inTraceOf(INCOMING, () => inSpan('append', {}, () => undefined));
    expect(recorded.named('append')[0]!.parentSpanContext).toMatchObject({ spanId: '00f067aa0ba902b7', isRemote: true });
  });

  it('that is traced already stays where it is', async () => {
    const recorded = await record();
    trace.getTracer('http').startActiveSpan('POST', (server) => {
      inTraceOf(INCOMING, () => inSpan('append', {}, () => undefined));
      expect(recorded.named('append')[0]!.parentSpanContext?.spanId).toBe(server.spanContext().spanId);
      server.end();
    });
  });
});

describe('without an SDK', () => {
  it('work is only done', () => {
    const links = (): never => {
      throw new Error('asked for links');
    };
    expect(inTraceOf(INCOMING, () => inSpan('append', { links }, activeTraceparent))).toBeUndefined();
  });

  it('the API is not even loaded', () => {
    const module = new URL('../../src/telemetry/tracing.js', import.meta.url).href;
    const program = `
      const { createRequire } = await import('node:module');
      const { openTracing, inSpan } = await import('${module}');
      await openTracing();
      inSpan('append', {}, () => undefined);
      const loaded = () => Object.keys(createRequire('${module}').cache).filter((file) => file.includes('@opentelemetry')).length;
      const before = loaded();
      await import('@opentelemetry/api');
      console.log(before, loaded() > 0);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      cwd: new URL('../../../', import.meta.url),
    });
    expect(output.trim()).toBe('0 true');
  });
});
