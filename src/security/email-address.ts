import { normalDomain, readableDomain } from './domain-name.js';

const PRODUCT = 'tokenledger';
/** Octets, RFC 5321 §4.5.3.1.1 and RFC 3696 erratum 1690. */
const MAX_LOCAL_PART = 64;
const MAX_ADDRESS = 254;
/** Shorter words stand in any password by chance. */
const MIN_WORD = 3;

/** RFC 5322 dot-atom, with the characters of RFC 6531 (EAI): no quotes, brackets, blanks, control or invisible characters. */
const LOCAL_PART =
  /^(?!\.)(?!.*\.\.)(?!.*\.$)(?:[\w!#$%&'*+\-/=?^`{|}~.]|(?![\p{C}\p{Z}\p{Default_Ignorable_Code_Point}])[^\0-\x7f])+$/u;

/**
 * The one normal form of an e-mail address, which names its stream, counts for limits and is answered; null if the text is
 * no address. Blanks around it go. The local part is in lower case and NFC: RFC 6532 §3.1 asks for NFC and warns of NFKC,
 * which makes one mailbox of several. The domain is in A-labels, so `a@münchen.de` is `a@xn--mnchen-3ya.de`.
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
 * pieces of the name, and the product; each also without its accents, and written as one word. All are NFKC and in lower case, without duplicates.
 * `email` is in normal form.
 */
export function contextWordsOf(email: string, name: string | null): string[] {
  const at = email.lastIndexOf('@');
  const [localPart, domain] = [email.slice(0, at), email.slice(at + 1)];
  const readable = readableDomain(domain);
  // The last label is shared by half of the world.
  const labels = [domain, readable].flatMap((host) => host.split('.').slice(0, -1));
  const hosts = [domain, readable].flatMap(hostsAround);
  const words = [email, `${localPart}@${readable}`, localPart, ...pieces(localPart), ...hosts, ...labels];
  const named = [...words, ...(name === null ? [] : [name, ...pieces(name)]), PRODUCT];
  const all = named.flatMap((word) => [word, pieces(word).join('')]);
  const prepared = all.map((word) => word.normalize('NFKC').toLowerCase().trim()).flatMap((word) => [word, plain(word)]);
  return [...new Set(prepared)].filter((word) => Array.from(word).length >= MIN_WORD);
}

function normalLocalPart(text: string): string | null {
  // Lower case can decompose a character, so NFC comes after it too.
  const localPart = text.normalize('NFC').toLowerCase().normalize('NFC');
  return LOCAL_PART.test(localPart) && Buffer.byteLength(localPart) <= MAX_LOCAL_PART ? localPart : null;
}

/** As it is typed on a keyboard without the letter. */
function plain(word: string): string {
  return word.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');
}

/** `mail.example.com` and `example.com`: nobody is known by the last label alone. */
function hostsAround(host: string): string[] {
  const labels = host.split('.');
  return labels.slice(0, Math.max(1, labels.length - 1)).map((_, index) => labels.slice(index).join('.'));
}

function pieces(text: string): string[] {
  return text.split(/[^\p{L}\p{M}\p{N}]+/u);
}
