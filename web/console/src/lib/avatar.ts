/** What stands for a person who has no picture. */
import { letters } from './text';

/** A name that the server made up: a word, and a code that is nobody else's. */
const CODE = /^\p{L}+ ([b-df-hj-np-tv-z2-9]{6})$/u;

/** The first letters of the first two words; of a made-up name those of its code, as the word is everybody's. */
export function initials(name: string): string {
  const code = CODE.exec(name)?.[1];
  if (code) return code.slice(0, 2).toUpperCase();
  const words = name.split(/[\s@._-]+/).filter(Boolean);
  const first = words.slice(0, 2).map((word) => letters(word)[0]!.toUpperCase());
  return first.join('') || '?';
}

/**
 * The same name always has the same hue; those that differ by one letter are far apart. A made-up name has that of its code,
 * whatever the word before it is in the reader's language.
 */
export function hue(name: string): number {
  const sum = [...(CODE.exec(name)?.[1] ?? name)].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) % 360, 7);
  return (sum * 137) % 360;
}
