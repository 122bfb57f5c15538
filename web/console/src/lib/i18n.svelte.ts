/** Texts by key from the two catalogues. English is the measure: every other catalogue must have exactly its keys. */
import en from '../../messages/en.json';
import fr from '../../messages/fr.json';
import { stored } from './stored';

export type MessageKey = keyof typeof en;
export type PluralKey = MessageKey extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;
export type Params = Record<string, string | number>;

const catalogues: Record<string, Record<MessageKey, string>> = { en, fr };
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
  current = $state(supported(choice.read()) ?? supported(navigator.language) ?? 'en');

  choose(id: string): void {
    choice.write(id);
    this.use(id);
  }

  /** The user's own setting counts until they choose another language on this machine. */
  suggest(id: string | null): void {
    const language = supported(id);
    if (language && !choice.read()) this.use(language);
  }

  private use(id: string): void {
    this.current = supported(id) ?? 'en';
    document.documentElement.lang = this.current;
  }
}

export const locale = new Locale();

/** How dates and numbers are written: as in the reader's own region, when it speaks the language of the page. */
export const region = (): string => navigator.languages.find((one) => one.startsWith(locale.current)) ?? locale.current;

document.documentElement.lang = locale.current;

export function t(key: MessageKey, params: Params = {}): string {
  const text = catalogues[locale.current]?.[key] ?? en[key] ?? key;
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
