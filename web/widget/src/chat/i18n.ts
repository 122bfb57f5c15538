import en from '../../messages/en.json';
import type emailEn from '../../messages/email.en.json';
import type liveEn from '../../messages/live.en.json';
import type { Locale } from '../shared/types';

/** The texts that only live chats have, and bring with them. */
export type LiveKey = keyof typeof liveEn;
/** And those with which a chat asks for an e-mail address. */
type EmailKey = keyof typeof emailEn;
export type Key = keyof typeof en | LiveKey | EmailKey;

/** Why a message was refused: by the server's reason or code, whose own sentence is English and never shown. */
export function why(error: string | null): Key {
  const key = `why_${error}`;
  return key in en ? (key as Key) : 'why_other';
}

export interface Words {
  (key: Key, values?: Record<string, string | number>): string;
  locale: Locale;
  has(key: string): key is Key;
  /** Learns more texts. */
  learn(texts: Partial<Record<Key, string>>): void;
  /** The visitor's own region, for dates and numbers, as long as it speaks the same language. */
  region: string;
  /** Picks `<key>_one` or `<key>_other` as the language counts. */
  count(key: 'unread', n: number): string;
}

/** A name or a text may run the other way than the sentence around it, and must not turn that. */
const isolate = (value: string | number): string => (typeof value === 'string' ? `\u2068${value}\u2069` : `${value}`);

export function words(locale: Locale, browser = navigator.language): Words {
  const catalogue: Partial<Record<Key, string>> = { ...((locale === 'fr' && window.__hubbubFrench) || en) };
  const plural = new Intl.PluralRules(locale);
  const say = (key: Key, values: Record<string, string | number> = {}): string =>
    (catalogue[key] ?? '').replace(/\{(\w+)\}/g, (_, name: string) => isolate(values[name] ?? ''));
  return Object.assign(say, {
    locale,
    learn: (texts: Partial<Record<Key, string>>) => void Object.assign(catalogue, texts),
    has: (key: string): key is Key => key in catalogue,
    region: browser.startsWith(locale) ? browser : locale,
    count: (key: 'unread', n: number) => say(plural.select(n) === 'one' ? `${key}_one` : `${key}_other`, { n }),
  });
}
