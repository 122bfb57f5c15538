import en from '../../messages/en.json';
import type { Locale } from '../shared/types';

export type Key = keyof typeof en;

/** Why a message was refused: by the server's reason or code, whose own sentence is English and never shown. */
export function why(error: string | null): Key {
  const key = `why_${error}`;
  return key in en ? (key as Key) : 'why_other';
}

export interface Words {
  (key: Key, values?: Record<string, string | number>): string;
  locale: Locale;
  /** The visitor's own region, for dates and numbers, as long as it speaks the same language. */
  region: string;
  /** Picks `<key>_one` or `<key>_other` as the language counts. */
  count(key: 'unread', n: number): string;
}

/** A name or a text may run the other way than the sentence around it, and must not turn that. */
const isolate = (value: string | number): string => (typeof value === 'string' ? `\u2068${value}\u2069` : `${value}`);

export function words(locale: Locale, browser = navigator.language): Words {
  const catalogue = (locale === 'fr' && window.__hubbubFrench) || en;
  const plural = new Intl.PluralRules(locale);
  const say = (key: Key, values: Record<string, string | number> = {}): string =>
    catalogue[key].replace(/\{(\w+)\}/g, (_, name: string) => isolate(values[name] ?? ''));
  return Object.assign(say, {
    locale,
    region: browser.startsWith(locale) ? browser : locale,
    count: (key: 'unread', n: number) => say(plural.select(n) === 'one' ? `${key}_one` : `${key}_other`, { n }),
  });
}
