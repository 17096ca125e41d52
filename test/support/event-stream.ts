import { setTimeout as delay } from 'node:timers/promises';

const WITHIN_MS = 60_000;

/** A block of server-sent events (HTML Standard, §9.2). */
export interface Block {
  readonly id: string | null;
  readonly data: string | null;
  readonly comment: string | null;
}

/** A stream of server-sent events that is being read. */
export interface EventStream {
  readonly status: number;
  readonly headers: Headers;
  /** All blocks so far. */
  readonly blocks: Block[];
  /** Whether the server has ended it. */
  readonly ended: () => boolean;
  /** Waits until so many blocks have data; rejects if they do not come. */
  messages(count: number): Promise<readonly Block[]>;
  /** Waits for a comment of this text, behind a block if one is given. */
  comment(text: string, behind?: Block): Promise<Block>;
  close(): void;
}

export async function openEventStream(url: string, headers: Record<string, string>): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const blocks: Block[] = [];
  let ended = false;
  void read(response, blocks, abort.signal).then(() => (ended = true));
  const until = async <T>(found: () => T | undefined): Promise<T> => {
    const end = performance.now() + WITHIN_MS;
    for (;;) {
      const value = found();
      if (value !== undefined) return value;
      if (performance.now() > end) throw new Error(`did not come: ${JSON.stringify(blocks)}`);
      await delay(10);
    }
  };
  return {
    status: response.status,
    headers: response.headers,
    blocks,
    ended: () => ended,
    messages: (count) =>
      until(() => {
        const found = blocks.filter(({ data }) => data !== null);
        return found.length >= count ? found : undefined;
      }),
    comment: (text, behind) => {
      const from = behind === undefined ? 0 : blocks.indexOf(behind) + 1;
      return until(() => blocks.slice(from).find(({ comment }) => comment === text));
    },
    close: () => abort.abort(),
  };
}

async function read({ body }: Response, blocks: Block[], signal: AbortSignal): Promise<void> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const bytes of body ?? []) {
      text += decoder.decode(bytes as Uint8Array, { stream: true });
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        blocks.push(blockOf(text.slice(0, end)));
        text = text.slice(end + 2);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function blockOf(text: string): Block {
  const field = (name: string): string | null => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? null;
  return { id: field('id'), data: field('data'), comment: field('') };
}
