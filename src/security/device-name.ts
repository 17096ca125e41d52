/** A text that is shown, or why it cannot be. */
export type DisplayText =
  | { readonly ok: true; readonly value: string | null }
  | { readonly ok: false; readonly reason: 'too_long' | 'forbidden_characters' };

/** Names of devices and people have at most so many characters. */
export const MAX_NAME_CHARACTERS = 100;

/**
 * Characters that are not seen, or that change how their neighbours are seen: controls, direction marks and overrides (Unicode
 * TR 36 §2.7), zero-width characters, line and paragraph separators, halves of surrogate pairs.
 */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?!\p{Variation_Selector})\p{Default_Ignorable_Code_Point}/u;
/** What is seen as nothing; the braille pattern without a dot is a symbol for Unicode. */
const BLANK = /^[\p{White_Space}\u2800]*$/u;
/** Joiners where they have a use: between letters of scripts that need them, and inside an emoji. */
const USEFUL_JOINER =
  /(?<=[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200c\u200d](?=[\p{L}\p{M}\p{Extended_Pictographic}])/gu;
/** Flags of regions such as Scotland: a black flag, invisible letters, an end mark (UTS 51 §C). */
const REGION_FLAG = /\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{1,6}\u{e007f}/gu;

/**
 * Prepares a name that is shown inside sentences of ours: without blanks around it, in NFC; blanks alone are no name (null).
 * Letters that run from right to left are fine, characters that turn the text around them are not.
 */
export function displayText(text: string, maxCharacters = MAX_NAME_CHARACTERS): DisplayText {
  const value = text.trim().normalize('NFC');
  if (FORBIDDEN.test(value.replace(REGION_FLAG, '').replace(USEFUL_JOINER, '')))
    return { ok: false, reason: 'forbidden_characters' };
  if (Array.from(value).length > maxCharacters) return { ok: false, reason: 'too_long' };
  return { ok: true, value: BLANK.test(value) ? null : value };
}
