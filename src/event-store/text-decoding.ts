import { authenticText, type AuthenticText, type TextCheck } from './authentic-text.js';
import type { EventDecoder } from './event-decoder.js';
import { RefusedEventError, type LogEvent } from './event-log.js';
import type { LogText } from './log-text.js';

/**
 * Decodes a page of the whole log whose MACs are checked at once. Null if there is anything unusual in it, also an event that would be
 * refused or is to be reported: it is decoded event by event then.
 */
export function decodeText(text: LogText, decoder: EventDecoder, check: TextCheck): readonly LogEvent[] | null {
  const authentic = authenticText(text, check);
  if (authentic === null || isAnyToBeReported(authentic, check.prefix)) return null;
  const { streams, historyId } = authentic;
  const events: LogEvent[] = [];
  try {
    for (let index = 0; index < text.count; index += 1) {
      const stream = streams[index];
      if (!stream) continue;
      const event = decoder.decodeAuthentic(text.recorded(index), stream, historyId);
      if (event === null) return null;
      events.push(event);
    }
    return events;
  } catch (error) {
    if (error instanceof RefusedEventError) return null;
    throw error;
  }
}

/** A stream that looks like one of ours, and is none. */
function isAnyToBeReported({ text, streams }: AuthenticText, prefix: string): boolean {
  return streams.some((stream, index) => stream === null && text.stream(index).startsWith(prefix));
}
