import type { IncomingMessage } from 'node:http';

export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly headers: IncomingMessage['headers'];
}

/** What a test may put before the script; nothing lets the script answer. */
export type Interception = (request: FakeRequest) => Promise<FakeAnswer | undefined> | FakeAnswer | undefined;
/** What answers nothing leaves it to the routes after it. */
export type FakeRoute = readonly [route: RegExp, answer: (request: FakeRequest, id: string) => FakeAnswer | undefined];

export function problem(status: number, code: string, more: object = {}, headers: Record<string, string> = {}): FakeAnswer {
  return { status, headers, body: { type: `urn:tokenledger:problem:${code}`, title: code, status, code, ...more } };
}
