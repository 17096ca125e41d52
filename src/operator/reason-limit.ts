/** How long the reason of a change of an account may be, in UTF-16 code units. */
export const MAX_REASON_CHARACTERS = 1_000;
