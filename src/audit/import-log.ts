import { AuthenticLog, type AuthenticLogOptions } from '../event-store/authentic-log.js';
import type { EventStore, ReadAllOptions, ReadStreamOptions, RecordedEvent } from '../event-store/event-store.js';
import { AppendTooLargeError, InvalidEventError } from '../event-store/errors.js';
import { eventOfLine } from '../event-store/export-line.js';
import { checkAppend } from '../event-store/stored-append.js';
import { Findings } from './findings.js';
import { StreamOrder } from './stream-order.js';

/** An export cannot be imported; the message says why. */
export class NotImportableError extends Error {
  override readonly name = 'NotImportableError';
}

export interface ImportOptions extends Pick<AuthenticLogOptions, 'prefix' | 'keys'> {
  /** The lines of the export, from the beginning at each call. */
  readonly lines: () => AsyncIterable<string>;
  readonly store: Pick<EventStore, 'append' | 'readStream' | 'readNewest'>;
  /** How many appends may be under way at once: more than one only where a store keeps the order in which they are asked for. */
  readonly atOnce: number;
  /** Called with the last event of the export when all of it was checked: nothing is appended before it resolves. */
  readonly onChecked?: (last: RecordedEvent) => Promise<void>;
  readonly onProgress?: (events: number, share: number) => void;
}

const PAGE = 500;
const MAX_BYTES = 400_000;

/**
 * Appends an export to an empty store: ids, MACs, revisions and order stay, so every note stays valid. All of it is checked before anything
 * is appended. Resolves to how many events there are. Rejects with `NotImportableError`, and as the store does.
 */
export async function importLog(options: ImportOptions): Promise<number> {
  const { store, prefix } = options;
  const [first] = await store.readStream(`${prefix}log`, { maxCount: 1 });
  if (first !== undefined) throw new NotImportableError('the log is not empty: an import needs a new installation');
  const { events, last } = await checkAll(options);
  await options.onChecked?.(last);
  await appendAll(options, events);
  return events;
}

/** Checks MACs and revisions of the whole export; resolves to how many events it holds, and the last of them. */
async function checkAll(options: ImportOptions): Promise<{ readonly events: number; readonly last: RecordedEvent }> {
  const { prefix, keys, lines } = options;
  const log = new AuthenticLog({ store: new ExportAsStore(lines, `${prefix}log`), prefix, keys });
  const order = new StreamOrder(() => 0);
  const findings = new Findings(prefix);
  let events = 0;
  let last: RecordedEvent | null = null;
  for (let after: string | null = null; ;) {
    const page = await log.page(after, PAGE);
    for (const { recorded, verdict } of page.events) {
      if (typeof verdict !== 'string')
        throw new NotImportableError(`it holds an event without a valid MAC: ${verdict.message}`);
      checkStorable(recorded);
      checkPlace(recorded, last);
      if (verdict === 'ours') order.take(recorded, events, findings);
      else order.refuse(recorded);
      events += 1;
      last = recorded;
    }
    if (page.isEnd) break;
    after = page.position;
  }
  order.close(findings);
  const [gap] = findings.list();
  if (gap !== undefined)
    throw new NotImportableError(`it is not whole: revision ${gap.revision ?? ''} of ${gap.stream ?? ''}: ${gap.detail}`);
  if (last === null || log.history.newest === null)
    throw new NotImportableError(`it holds no event of ${prefix}log: is STREAM_PREFIX another one?`);
  return { events, last };
}

/** The lines stand in the order of the log. */
function checkPlace({ id, position }: RecordedEvent, last: RecordedEvent | null): void {
  if (last !== null && position <= last.position)
    throw new NotImportableError(
      `event ${id} does not stand where it stood in the log: positions must grow from line to line`,
    );
}

/** What somebody else has written may be more than a store takes. */
function checkStorable(event: RecordedEvent): void {
  try {
    checkAppend(event.stream, [event], 'no_stream', { anyText: true });
  } catch (error) {
    if (!(error instanceof InvalidEventError || error instanceof AppendTooLargeError)) throw error;
    throw new NotImportableError(`event ${event.id} of ${event.stream} cannot be stored: ${error.message}`);
  }
}

async function appendAll({ lines, store, atOnce, onProgress }: ImportOptions, events: number): Promise<void> {
  let done = 0;
  let underWay: Promise<unknown>[] = [];
  for await (const group of groups(lines())) {
    const [first] = group;
    const expected = first.revision === 0 ? 'no_stream' : first.revision - 1;
    const appending = store.append(first.stream, group, expected, { anyText: true });
    // Its failure is met below.
    appending.catch(() => undefined);
    underWay.push(appending);
    done += group.length;
    if (underWay.length < atOnce) continue;
    await Promise.all(underWay);
    underWay = [];
    onProgress?.(done, done / events);
  }
  await Promise.all(underWay);
}

type Group = [RecordedEvent, ...RecordedEvent[]];

/** Events that follow each other in one stream are appended together. */
async function* groups(lines: AsyncIterable<string>): AsyncGenerator<Group, void, undefined> {
  let group: Group | null = null;
  let bytes = 0;
  for await (const event of eventsOf(lines)) {
    const size = event.data.length + event.metadata.length;
    if (group?.[0].stream === event.stream && bytes + size < MAX_BYTES) {
      group.push(event);
      bytes += size;
      continue;
    }
    if (group !== null) yield group;
    group = [event];
    bytes = size;
  }
  if (group !== null) yield group;
}

async function* eventsOf(lines: AsyncIterable<string>): AsyncGenerator<RecordedEvent, void, undefined> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line === '') continue;
    const event = eventOf(line);
    if (event === null) throw new NotImportableError(`line ${number} is no line of an export`);
    yield event;
  }
}

function eventOf(line: string): RecordedEvent | null {
  try {
    return eventOfLine(JSON.parse(line));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof InvalidEventError) return null;
    throw error;
  }
}

/** An export, read as a store is: page after page, and `…log` by itself. */
class ExportAsStore implements Pick<EventStore, 'readAll' | 'readStream'> {
  readonly #lines: () => AsyncIterable<string>;
  readonly #logStream: string;
  #reading: AsyncIterator<RecordedEvent> | null = null;
  #ofLog: RecordedEvent[] | null = null;

  constructor(lines: () => AsyncIterable<string>, logStream: string) {
    this.#lines = lines;
    this.#logStream = logStream;
  }

  /** The pages one after another, whatever `after` says. */
  async readAll({ maxCount = PAGE }: ReadAllOptions = {}): Promise<readonly RecordedEvent[]> {
    this.#reading ??= eventsOf(this.#lines())[Symbol.asyncIterator]();
    const page: RecordedEvent[] = [];
    while (page.length < maxCount) {
      const next = await this.#reading.next();
      if (next.done === true) break;
      page.push(next.value);
    }
    return page;
  }

  async readStream(
    stream: string,
    { from = 0, maxCount = PAGE }: ReadStreamOptions = {},
  ): Promise<readonly RecordedEvent[]> {
    if (stream !== this.#logStream) return [];
    this.#ofLog ??= await this.#readLog();
    return this.#ofLog.filter(({ revision }) => revision >= from).slice(0, maxCount);
  }

  async #readLog(): Promise<RecordedEvent[]> {
    const found: RecordedEvent[] = [];
    for await (const event of eventsOf(this.#lines())) if (event.stream === this.#logStream) found.push(event);
    return found;
  }
}
