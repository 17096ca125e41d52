import type { RequestListener } from 'node:http';

/** Passes requests on to who handles them. While it is shut, and before there is anybody, they wait. */
export class RequestGate {
  readonly #waiting: Parameters<RequestListener>[] = [];
  #handle: RequestListener | null = null;
  #isShut = false;

  readonly pass: RequestListener = (request, response) => {
    if (this.#isShut || this.#handle === null) this.#waiting.push([request, response]);
    else this.#handle(request, response);
  };

  /** Names who handles requests from now on. */
  serve(handle: RequestListener): void {
    this.#handle = handle;
    this.#passWaiting();
  }

  shut(): void {
    this.#isShut = true;
  }

  open(): void {
    this.#isShut = false;
    this.#passWaiting();
  }

  #passWaiting(): void {
    if (this.#isShut || this.#handle === null) return;
    for (const [request, response] of this.#waiting.splice(0)) this.#handle(request, response);
  }
}
