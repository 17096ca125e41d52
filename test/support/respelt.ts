/**
 * The same bytes as another base64url text, for bytes whose number is no multiple of three: the last character of such a text has bits
 * that say nothing. Of a text with dots the last part is respelt.
 */
export function respelt(text: string): string {
  const other = text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1);
  if (!bytesOf(other).equals(bytesOf(text))) throw new Error('it has one spelling only');
  return other;
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text.slice(text.lastIndexOf('.') + 1), 'base64url');
}
