import { isPromise } from 'node:util/types';
import type * as Api from '@opentelemetry/api';
import { errorTypeOf, type SpanAttributes, type SpanName } from './span-names.js';
import { spanContextOf, traceparentOf } from './traceparent.js';

/** What a span says beside its name. */
export interface SpanOptions {
  readonly attributes?: SpanAttributes;
  /**
   * The spans that caused this one, as metadata name them. They may be long over: with links, a span begins a trace of its own. Asked
   * for only if there is an SDK.
   */
  readonly links?: () => readonly (string | undefined)[];
}

interface Tracing {
  readonly api: typeof Api;
  readonly tracer: Api.Tracer;
}

// Where SDKs leave what they register: part of what all versions 1 of the API agree on.
const REGISTRATIONS = Symbol.for('opentelemetry.js.api.1');
// What SDKs keep of the links of one span by default.
const MAX_LINKS = 128;

// One a process, as the registrations are. Null without an SDK: then nothing is loaded, nothing recorded, and no event changes.
let tracing: Tracing | null = null;

/** Looks once whether an SDK was registered (`node --import`); spans are recorded from then on, or not at all. */
export async function openTracing(): Promise<void> {
  tracing = null;
  const registered = (globalThis as { readonly [REGISTRATIONS]?: { readonly trace?: unknown } })[REGISTRATIONS];
  if (registered?.trace === undefined) return;
  const api = await import('@opentelemetry/api');
  tracing = { api, tracer: api.trace.getTracer('tokenledger') };
}

/**
 * Does some work in a span, a child of the active one; with `links` in a trace of its own. A failure marks the span and goes on; a
 * result with an `outcome` names it. Without an SDK this only does the work.
 */
export function inSpan<T>(name: SpanName, { attributes = {}, links }: SpanOptions, work: () => T): T {
  if (tracing === null) return work();
  const { api, tracer } = tracing;
  const options = links === undefined ? { attributes } : { attributes, root: true, links: linksTo(links()) };
  return tracer.startActiveSpan(name, options, (span) => {
    try {
      const result = work();
      if (isPromise(result)) return result.then(succeeded(span), failed(api, span)) as T;
      return succeeded(span)(result);
    } catch (error) {
      return failed(api, span)(error);
    }
  });
}

/**
 * Does some work as part of the trace that a request's headers name, unless it is part of one already (an SDK may trace HTTP
 * itself). Which headers count is the matter of the SDK's propagator.
 */
export function inTraceOf<T>(headers: Readonly<Record<string, unknown>>, work: () => T): T {
  if (tracing === null) return work();
  const { context, propagation, trace } = tracing.api;
  const active = context.active();
  return trace.getSpan(active) === undefined ? context.with(propagation.extract(active, headers), work) : work();
}

/** The active span, for the metadata of what it causes; undefined if there is none. */
export function activeTraceparent(): string | undefined {
  if (tracing === null) return undefined;
  const { trace } = tracing.api;
  const active = trace.getActiveSpan()?.spanContext();
  return active !== undefined && trace.isSpanContextValid(active) ? traceparentOf(active) : undefined;
}

function linksTo(traceparents: readonly (string | undefined)[]): Api.Link[] {
  const distinct = new Set(traceparents.filter((traceparent) => traceparent !== undefined));
  return [...distinct]
    .map(spanContextOf)
    .filter((context) => context !== null)
    .slice(0, MAX_LINKS)
    .map((context) => ({ context }));
}

function succeeded(span: Api.Span): <R>(result: R) => R {
  return (result) => {
    if (span.isRecording() && hasOutcome(result)) span.setAttribute('tokenledger.outcome', result.outcome);
    span.end();
    return result;
  };
}

function failed({ SpanStatusCode }: typeof Api, span: Api.Span): (error: unknown) => never {
  return (error) => {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute('error.type', errorTypeOf(error));
    span.end();
    throw error;
  };
}

/** Results of commands name what came of them by a word of a closed set. */
function hasOutcome(result: unknown): result is { readonly outcome: string } {
  return typeof result === 'object' && result !== null && 'outcome' in result && typeof result.outcome === 'string';
}
