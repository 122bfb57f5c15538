/**
 * Texts by key. English is the measure, which every other catalogue must have exactly the keys of, and comes with the
 * page; the others are fetched when they are spoken.
 */
import en from '../../messages/en.json';
import { stored } from './stored';

export type MessageKey = keyof typeof en;
export type PluralKey = MessageKey extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;
export type Params = Record<string, string | number>;

type Catalogue = Record<MessageKey, string>;
const catalogues: Record<string, () => Promise<Catalogue>> = {
  en: async () => en,
  fr: async () => (await import('../../messages/fr.json')).default,
};
export const locales = [
  { id: 'en', label: 'English' },
  { id: 'fr', label: 'Français' },
] as const;

const choice = stored('locale');

function supported(wanted: string | null | undefined): string | null {
  const language = wanted?.slice(0, 2).toLowerCase() ?? '';
  return language in catalogues ? language : null;
}

class Locale {
  current = $state('en');
  texts = $state.raw<Catalogue>(en);
  private wanted = 'en';
  /** The page begins once it can speak; without its language, in English. */
  ready: Promise<void>;

  constructor() {
    this.ready = this.use(supported(choice.read()) ?? supported(navigator.language) ?? 'en');
  }

  choose(id: string): Promise<void> {
    choice.write(id);
    return this.use(id);
  }

  /** The user's own setting counts until they choose another language on this machine. */
  suggest(id: string | null): void {
    const language = supported(id);
    if (language && !choice.read()) void this.use(language);
  }

  /** What cannot be fetched is not spoken: the page stays as it is. */
  private async use(id: string): Promise<void> {
    this.wanted = supported(id) ?? 'en';
    const language = this.wanted;
    const texts = await catalogues[language]!().catch(() => null);
    if (!texts || language !== this.wanted) return;
    this.texts = texts;
    this.current = language;
    document.documentElement.lang = language;
  }
}

export const locale = new Locale();

/** How dates and numbers are written: as in the reader's own region, when it speaks the language of the page. */
export const region = (): string => navigator.languages.find((one) => one.startsWith(locale.current)) ?? locale.current;

export function t(key: MessageKey, params: Params = {}): string {
  const text = locale.texts[key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => apart(String(params[name] ?? whole)));
}

/** What is written from the right must not turn the sentence around it: it stands between marks of isolation. */
const apart = (text: string): string =>
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(text)
    ? `\u2068${text}\u2069`
    : text;

/** The form of a text that fits a number, which is put in as `{n}`. */
export function tn(stem: PluralKey, n: number, params: Params = {}): string {
  const form = new Intl.PluralRules(locale.current).select(n);
  const key = (form === 'one' ? `${stem}.one` : `${stem}.other`) as MessageKey;
  return t(key, { n: n.toLocaleString(region()), ...params });
}

/** For keys made from the server's words, which may be newer than the catalogue. */
export function tMaybe(key: string, params?: Params): string | null {
  return key in en ? t(key as MessageKey, params) : null;
}
