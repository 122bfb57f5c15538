/**
 * Text that every program can read: half a character, left by somebody who cut a text in the middle of one, becomes
 * U+FFFD.
 */

const HALVES = /[\ud800-\udfff]/gu;

/** A text without halves of characters. */
export const wellFormed = (text: string): string => text.replace(HALVES, '\ufffd');

/** JSON whose texts have no halves of characters. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'string' ? wellFormed(inner) : inner));
