import type { Context } from 'koa';
import type { z } from 'zod';
import type { Bearer, RequestSource } from '../../commands/commands.js';
import type { Role } from '../../domain/account/snapshot.js';
import type { Position } from '../../event-store/position.js';
import type { NetworkRequest } from '../../security/limits/limit-policies.js';
import type { ErrorFormat } from '../problem.js';
import type { ProblemCode } from '../problem-codes.js';

/** What a route reads, each part by its schema. A body may be JSON, or a form, or (with both schemas) either. */
export interface RouteInput {
  readonly body?: z.ZodType;
  /** Without a body, `{}` is read. */
  readonly bodyIsOptional?: true;
  readonly form?: z.ZodType;
  /** Fields must not be repeated. */
  readonly query?: z.ZodType;
  /** Those of the path, by the names in it. What does not fit is 404. */
  readonly params?: z.ZodType;
  /** By names in lower case. */
  readonly headers?: z.ZodType;
}

/** An answer's body: JSON of a schema, none, or something else of a media type. */
export type RouteOutput = z.ZodType | 'empty' | { readonly mediaType: string; readonly schema?: z.ZodType };

/**
 * Who may ask. `client` is a registered OAuth client by `client_secret_basic`; with `orRole` a Bearer with that role may too.
 */
export type Who = 'anyone' | 'bearer' | { readonly role: Role } | { readonly client: true; readonly orRole: Role };

/** A limit that each request of a route counts for: of its network, or of its user. */
export type RouteLimit = NetworkRequest | 'mutation';

type Schema<I, K extends string> = I extends Readonly<Record<K, infer S extends z.ZodType>> ? z.output<S> : never;
type AskedBy<W> = W extends 'bearer' | { readonly role: Role } ? Bearer : null;

/** A request that was let in and read. */
export interface RouteRequest<I extends RouteInput = RouteInput, W extends Who = Who> {
  readonly ctx: Context;
  readonly body: Schema<I, 'body'> | Schema<I, 'form'>;
  readonly query: Schema<I, 'query'>;
  readonly params: Schema<I, 'params'>;
  readonly headers: Schema<I, 'headers'>;
  readonly bearer: AskedBy<W>;
  readonly source: RequestSource;
}

/** What a handler answers. A failure is thrown as `Problem`. */
export interface RouteAnswer {
  readonly status: number;
  /** Text and streams go out as they are, all else as JSON. */
  readonly body?: unknown;
  /** Where the log stands after a mutation; `userId` if other sessions of that user should wait for it (G12). */
  readonly position?: { readonly position: Position; readonly userId: string | null };
  readonly headers?: Readonly<Record<string, string>>;
}

interface RouteShape<I extends RouteInput, W extends Who> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly tag: string;
  readonly input: I;
  /** By status, each answer that is a success. */
  readonly outputs: Readonly<Record<number, RouteOutput>>;
  /** The codes a client has to expect besides those that any request can get. */
  readonly problems: readonly ProblemCode[];
  readonly errorFormat: ErrorFormat;
  readonly who: W;
  readonly limit?: RouteLimit;
  /** Whether it reads or sets the refresh cookie. */
  readonly cookies?: true;
  /**
   * Whether it waits for `If-Log-Position` before it reads. `if_named`: for nothing else, since it reads the log itself and works
   * without the read model.
   */
  readonly awaitsPosition?: true | 'if_named';
  /** What a page of ours loads: no client needs it, so the description of the interface leaves it out. */
  readonly undescribed?: true;
  /** Whether work of it may wait for its turn, and is dropped when the client hangs up. */
  readonly droppable?: true;
}

/** One operation of the interface: what mounts it and what describes it. `D` is what its handler stands on. */
export interface Route<D> extends RouteShape<RouteInput, Who> {
  readonly handler: (request: RouteRequest, dependencies: D) => Promise<RouteAnswer>;
}

/** Makes a route whose handler sees its input as the schemas give it. */
export function defineRoute<D, const I extends RouteInput, const W extends Who>(
  route: RouteShape<I, W> & {
    readonly handler: (request: RouteRequest<I, W>, dependencies: D) => Promise<RouteAnswer>;
  },
): Route<D> {
  // The mount reads a request by this very route's schemas, so the handler gets what it asks for.
  return route;
}
