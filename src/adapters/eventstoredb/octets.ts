// No UTF-8 text and no JSON begins with this byte.
const MARK = 0xff;

/**
 * A text as metadata that the client gives back as they are: it parses metadata that happen to be JSON, whatever their event says, and
 * JSON has more than one form.
 */
export function asOctets(text: string): Uint8Array {
  // The client takes nothing but a Uint8Array for octets, no Buffer.
  return Uint8Array.from([MARK, ...Buffer.from(text)]);
}

/** The text of octets, marked or not; a data URL (RFC 2397) where they are no UTF-8. */
export function textOfOctets(octets: Uint8Array): string {
  const marked = octets[0] === MARK ? octets.subarray(1) : octets;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(marked);
  } catch {
    return `data:;base64,${Buffer.from(octets).toString('base64')}`;
  }
}
