import { domainToASCII, domainToUnicode } from 'node:url';

const PRODUCT = 'tokenledger';
/** Octets, RFC 5321 §4.5.3.1.1 and RFC 3696 erratum 1690. */
const MAX_LOCAL_PART = 64;
const MAX_ADDRESS = 254;
const MAX_DOMAIN = 253;
/** Shorter words stand in any password by chance. */
const MIN_WORD = 3;

/** RFC 5322 dot-atom, with the characters of RFC 6531 (EAI): no quotes, brackets, blanks, control or invisible characters. */
const LOCAL_PART =
  /^(?!\.)(?!.*\.\.)(?!.*\.$)(?:[\w!#$%&'*+\-/=?^`{|}~.]|(?![\p{C}\p{Z}\p{Default_Ignorable_Code_Point}])[^\0-\x7f])+$/u;
/** What a URL's host may not hold either; the parser would take some of it for a port or decode it. */
const NOT_IN_DOMAIN = /[\s\p{Cc}%/:\\?#@[\]<>^|"'(),;]/u;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The one normal form of an e-mail address, which names its stream, counts for limits and is answered; null if the text is
 * no address. Blanks around it go. The local part is in lower case and NFC: RFC 6532 §3.1 asks for NFC and warns of NFKC,
 * which makes one mailbox of several. The domain is in A-labels (UTS 46), so `a@münchen.de` is `a@xn--mnchen-3ya.de`.
 */
export function normalEmail(text: string): string | null {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  if (at < 1 || trimmed.length > MAX_ADDRESS) return null;
  const localPart = normalLocalPart(trimmed.slice(0, at));
  const domain = normalDomain(trimmed.slice(at + 1));
  if (localPart === null || domain === null) return null;
  const email = `${localPart}@${domain}`;
  return Buffer.byteLength(email) <= MAX_ADDRESS ? email : null;
}

/**
 * Words that a password of this user must not be made of: the address, its local part, its domain and the labels of it, the
 * pieces of the name, and the product. All are NFKC and in lower case, without duplicates. `email` is in normal form.
 */
export function contextWordsOf(email: string, name: string | null): string[] {
  const at = email.lastIndexOf('@');
  const [localPart, domain] = [email.slice(0, at), email.slice(at + 1)];
  const readable = domainToUnicode(domain);
  // The last label is shared by half of the world.
  const labels = [domain, readable].flatMap((host) => host.split('.').slice(0, -1));
  const words = [email, `${localPart}@${readable}`, localPart, ...pieces(localPart), domain, readable, ...labels];
  const all = [...words, ...(name === null ? [] : [name, ...pieces(name)]), PRODUCT];
  const prepared = all.map((word) => word.normalize('NFKC').toLowerCase().trim());
  return [...new Set(prepared)].filter((word) => Array.from(word).length >= MIN_WORD);
}

function normalLocalPart(text: string): string | null {
  // Lower case can decompose a character, so NFC comes after it too.
  const localPart = text.normalize('NFC').toLowerCase().normalize('NFC');
  return LOCAL_PART.test(localPart) && Buffer.byteLength(localPart) <= MAX_LOCAL_PART ? localPart : null;
}

function normalDomain(text: string): string | null {
  if (NOT_IN_DOMAIN.test(text)) return null;
  const domain = domainToASCII(text);
  return domain.length <= MAX_DOMAIN && DOMAIN.test(domain) && hasGenuineALabels(domain) ? domain : null;
}

/**
 * Whether each label that looks like an A-label stands for a U-label (RFC 5890 §2.3.2.1). Not every version of Node checks that for a
 * domain that is ASCII already, and what is an address must not depend on the version.
 */
function hasGenuineALabels(domain: string): boolean {
  const labels = domain.split('.');
  if (!labels.some(isMarked)) return true;
  const readable = domainToUnicode(domain);
  const readableLabels = readable.split('.');
  const areReadable = labels.every((label, index) => !isMarked(label) || /[^\0-\x7f]/.test(readableLabels[index] ?? ''));
  return areReadable && domainToASCII(readable) === domain;
}

function isMarked(label: string): boolean {
  return label.startsWith('xn--');
}

function pieces(text: string): string[] {
  return text.split(/[^\p{L}\p{M}\p{N}]+/u);
}
