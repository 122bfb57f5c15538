/**
 * Texts by key. English is the measure, which every other catalogue must have exactly the keys of, and comes with the
 * page; the others are fetched when they are spoken. What only the administration says lies apart, and comes with its pages; so does what one is told of, and how, and what parts of pages say that come later (`Later`).
 */
import type acts from '../../messages/acts/en.json';
import type admin from '../../messages/admin/en.json';
import en from '../../messages/en.json';
import type own from '../../messages/own/en.json';
import { stored } from './stored';

export type MessageKey = keyof typeof en | keyof typeof admin | keyof typeof own | keyof typeof acts;
export type PluralKey = MessageKey extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;
export type Params = Record<string, string | number>;

type Catalogue = Partial<Record<MessageKey, string>>;
type Part = 'desk' | 'admin' | 'own' | 'acts';
const catalogues: Record<string, Record<Part, () => Promise<Catalogue>>> = {
  en: {
    desk: async () => en,
    admin: async () => (await import('../../messages/admin/en.json')).default,
    own: async () => (await import('../../messages/own/en.json')).default,
    acts: async () => (await import('../../messages/acts/en.json')).default,
  },
  fr: {
    desk: async () => typeset((await import('../../messages/fr.json')).default),
    admin: async () => typeset((await import('../../messages/admin/fr.json')).default),
    own: async () => typeset((await import('../../messages/own/fr.json')).default),
    acts: async () => typeset((await import('../../messages/acts/fr.json')).default),
  },
};
export const locales = [
  { id: 'en', label: 'English' },
  { id: 'fr', label: 'Français' },
] as const;

/** French has a space before some marks; there the line never breaks. */
export const typeset = (texts: Catalogue): Catalogue =>
  Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, text.replace(/ (?=[:;!?»])|(?<=«) /g, '\u00a0')]),
  ) as Catalogue;

const choice = stored('locale');
/** The language that the account was told of last: another one is still to be told. */
const told = stored('locale_told');

function supported(wanted: string | null | undefined): string | null {
  const language = wanted?.slice(0, 2).toLowerCase() ?? '';
  return language in catalogues ? language : null;
}

class Locale {
  current = $state('en');
  texts = $state.raw<Catalogue>(en);
  private wanted = 'en';
  private parts = new Set<Part>(['desk']);
  private needed = new Map<Part, Promise<void>>();
  private known: Record<string, Catalogue> = { en };
  /** The page begins once it can speak; without its language, in English. */
  ready: Promise<void>;

  constructor() {
    this.ready = this.use(supported(choice.read()) ?? supported(navigator.language) ?? 'en');
  }

  choose(id: string): Promise<void> {
    choice.write(id);
    return this.use(id);
  }

  /** What was chosen here and the account does not know yet. */
  get untold(): string | null {
    const chosen = supported(choice.read());
    return chosen === told.read() ? null : chosen;
  }

  /** The account speaks this: so does the console, here too. */
  adopt(id: string | null): void {
    const language = supported(id);
    if (!language) return;
    choice.write(language);
    told.write(language);
    if (language !== this.wanted) void this.use(language);
  }

  /** What is said on some pages only; it is there from then on, in every language. Fails where it cannot be fetched. */
  need(part: Part): Promise<void> {
    const known = this.needed.get(part) ?? this.bring(part);
    this.needed.set(part, known);
    known.catch(() => this.needed.delete(part));
    return known;
  }

  /** A part of the console that comes later, with what it says. */
  async withWords<T>(part: Part, load: Promise<T>): Promise<T> {
    return (await Promise.all([load, this.need(part)]))[0];
  }

  private async bring(part: Part): Promise<void> {
    this.parts.add(part);
    await Promise.all([this.current, this.wanted].map((language) => this.fetch(language)));
    this.texts = this.known[this.current]!;
  }

  /** What cannot be fetched is not spoken: the page stays as it is. */
  private async use(id: string): Promise<void> {
    this.wanted = supported(id) ?? 'en';
    const language = this.wanted;
    const there = await this.fetch(language).then(
      () => true,
      () => false,
    );
    if (!there || language !== this.wanted) return;
    this.texts = this.known[language]!;
    this.current = language;
    document.documentElement.lang = language;
  }

  private async fetch(language: string): Promise<void> {
    const parts = await Promise.all([...this.parts].map((part) => catalogues[language]![part]()));
    this.known[language] = Object.assign({}, this.known[language], ...parts);
  }
}

export const locale = new Locale();

/** How dates and numbers are written: as in the reader's own region, when it speaks the language of the page. */
export const region = (): string => navigator.languages.find((one) => one.startsWith(locale.current)) ?? locale.current;

export function t(key: MessageKey, params: Params = {}): string {
  const text = locale.texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => apart(String(params[name] ?? whole)));
}

/** A name and what is said of it, with the mark between them as the language has it. */
export const about = (name: string, what: string): string => t('undo.line', { name, what });

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
  return key in locale.texts ? t(key as MessageKey, params) : null;
}
