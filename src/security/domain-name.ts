import { createRequire } from 'node:module';
import type * as Tr46 from 'tr46';

/** Letters, digits and hyphens (RFC 5321 §2.3.5) in two labels at least. The last one is no number, as that of an IPv4 address is. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$|0x[0-9a-f]*$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Octets, RFC 1035 §2.3.4 without the dot of the root. */
const MAX_DOMAIN = 253;

/** UTS 46 as a registry that follows IDNA 2008 uses it, so that a name that nobody can register is no domain. */
const IDNA = {
  // `ß` and `ς` are letters of their own: straße.de belongs to somebody else than strasse.de.
  transitionalProcessing: false,
  // RFC 5893 and RFC 5892 appendix A: without them, a name can be shown in another order or hold an invisible character.
  checkBidi: true,
  checkJoiners: true,
  // Hyphens are checked below: names in ASCII with two of them in the third place are in use, also beside labels that are not ASCII.
  checkHyphens: false,
  // No underscores and signs, and neither what UTS 46 maps to them.
  useSTD3ASCIIRules: true,
  // Each label has 1 to 63 octets as it is sent, the name at most 253.
  verifyDNSLength: true,
} as const satisfies Tr46.ToASCIIOptions;

/** RFC 5891 §4.2.3.1, for labels that are not ASCII: what would look like a prefix, and a hyphen at either end. */
const WRONG_HYPHENS = /^(?:.{2}--|-|.*-$)/su;
const NOT_ASCII = /[^\0-\x7f]/;
const A_LABEL = /(?:^|\.)xn--/;

/**
 * The one normal form of a domain name: lower case, with A-labels (RFC 5890 §2.3.2.1) for what is not ASCII, so `MÜNCHEN.de` is
 * `xn--mnchen-3ya.de`. Null if the text is no name of a domain with at least two labels.
 */
export function normalDomain(text: string): string | null {
  const lower = text.toLowerCase();
  const domain = isPlain(lower) ? lower : toASCII(text);
  return domain !== null && domain.length <= MAX_DOMAIN && DOMAIN.test(domain) ? domain : null;
}

/** A domain in normal form as people read it. */
export function readableDomain(domain: string): string {
  return isPlain(domain) ? domain : idna().toUnicode(domain, IDNA).domain;
}

function isPlain(lower: string): boolean {
  return !NOT_ASCII.test(lower) && !A_LABEL.test(lower);
}

function toASCII(text: string): string | null {
  const domain = idna().toASCII(text, IDNA);
  if (domain === null) return null;
  // An A-label that stands for something else than its own text is a second name for one domain.
  if (!NOT_ASCII.test(text) && domain !== text.toLowerCase()) return null;
  const labels = readableDomain(domain).split('.');
  return labels.some((label) => NOT_ASCII.test(label) && WRONG_HYPHENS.test(label)) ? null : domain;
}

const load = createRequire(import.meta.url);

/** Loaded by the first name that is not plain ASCII: its tables are several megabytes in memory, and most installations never need them. */
function idna(): typeof Tr46 {
  return load('tr46') as typeof Tr46;
}
