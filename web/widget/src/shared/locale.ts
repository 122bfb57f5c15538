import { type Spoken, tellers } from './told';

/** A language by the name that is compared: `fr-ca` for `fr_CA`. */
export const plain = (code: unknown): string => (typeof code === 'string' ? code : '').toLowerCase().replaceAll('_', '-');

/** A language without its region: `fr` for `fr-ca`. */
export const base = (code: string): string => code.split('-')[0] as string;

/** The languages that a visitor may be spoken to in, the best one first; the source's is the last. */
export const languages = (spoken: Spoken & { config: { source: { locale: string | null } } }): string[] =>
  [...tellers(spoken), spoken.config.source.locale].map(plain).filter((code) => /^[a-z]{2,3}(-\w+)*$/.test(code));

/** Of what is there in several languages, the code of the first one that is wanted, or of a near one (`pt` for `pt-br`). */
export function nearest(codes: string[], wanted: string[]): string | undefined {
  for (const one of wanted) {
    const near = (code: string) => base(plain(code)) === base(one);
    const found = codes.find((code) => plain(code) === one) ?? codes.find(near);
    if (found) return found;
  }
  return undefined;
}

/** The same, else English or the first. */
export const codeOf = (codes: string[], wanted: string[]): string | undefined => nearest(codes, [...wanted, 'en']) ?? codes[0];

/** Of what is there in several languages, the one that fits best. */
export const spoken = <T>(all: Record<string, T>, wanted: string[]): T | undefined =>
  all[codeOf(Object.keys(all), wanted) ?? ''];

/** Whether a language is written from the right to the left. */
export const isRtl = (code: string): boolean => /^(ar|he|fa|ur)\b/.test(code);
