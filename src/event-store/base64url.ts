/**
 * The bytes of a base64url text without padding; null for any other spelling of them. The last character has up to four bits that
 * say nothing, so a text that is decoded alone could be changed and stay valid.
 */
export function fromBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}
