import { claimsOf } from './claims';
import type { Bridge } from './types';

/** What decides the language that a visitor is spoken to in. */
export type Spoken = Pick<Bridge, 'language' | 'wanted' | 'visitor'>;

/** The language of the page, unless it is the chat's own. */
const pageLanguage = (): string => {
  const { dataset, lang } = document.documentElement;
  return 'own' in dataset ? '' : lang;
};

/** Who may say in which language a visitor is spoken to, the first one first: the trigger, the site's script, what it has
 * signed or says of the person, the page, and the browser. */
export const tellers = ({ language, wanted, visitor }: Spoken): unknown[] =>
  [language, wanted.locale, claimsOf(visitor.jwt).locale, visitor.identity?.locale, pageLanguage(), navigator.language];

/** The language that is told first. */
export const told = (spoken: Spoken): string =>
  (tellers(spoken).find((one): one is string => !!one && typeof one === 'string') ?? '').toLowerCase();
