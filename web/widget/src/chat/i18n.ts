import type alertsEn from '../../messages/alerts.en.json';
import type consentEn from '../../messages/consent.en.json';
import en from '../../messages/en.json';
import type emailEn from '../../messages/email.en.json';
import type filesEn from '../../messages/files.en.json';
import type listEn from '../../messages/list.en.json';
import type liveEn from '../../messages/live.en.json';
import type refusedEn from '../../messages/refused.en.json';

/** The texts of what comes when it is needed: each part brings its own. */
export type LaterKey =
  keyof (typeof liveEn & typeof filesEn & typeof emailEn & typeof refusedEn & typeof listEn & typeof consentEn & typeof alertsEn);
/** Every text; the last one is there when the site has given it. */
export type Key = keyof typeof en | LaterKey | 'default_title';
type Plural<K> = K extends `${infer Group}.other` ? Group : never;
/** Texts that differ by how many there are. */
export type Counted = Exclude<Plural<keyof typeof en | LaterKey>, 'date.estimated_wait_time_format.hours'>;
/** How dates are written where the site says so (`docs/interactions/web-messaging/customization.md`). */
export type DateKey = 'same_day' | 'different_day' | 'same_year' | 'different_year' | 'default';

/** Texts by their keys, as files and the page have them. */
export type Texts = Record<string, string | string[]>;
/** Writes a date by a format of the site's own. */
export type Shape = (format: string, at: Date, months: string[] | undefined, region: string) => string;

export interface Words {
  (key: Key, values?: Record<string, string | number>): string;
  /** The same by a name, so that one who speaks can learn to speak as another does. */
  say(key: Key, values?: Record<string, string | number>): string;
  /** The language of the texts. */
  locale: string;
  /** The visitor's own region, for dates and numbers, as long as it speaks the same language. */
  region: string;
  rtl: boolean;
  has(key: string): key is Key;
  /** Learns the English of texts that come later. */
  learn(texts: Texts): void;
  /** Picks the text for so many, as the language counts. */
  count(key: Counted, count: number): string;
  /** A date as the site writes it, else as the visitor's region does. */
  date(key: DateKey, at: Date, options: Intl.DateTimeFormatOptions): string;
}

/** English, as it is built in and as it comes with what is fetched later. */
const english: Texts = { ...en };

/** A name or a text may run the other way than the sentence around it, and must not turn that. */
export const isolate = (value: string | number): string => (typeof value === 'string' ? `\u2068${value}\u2069` : `${value}`);

interface Spoken {
  locale?: string;
  region?: string;
  rtl?: boolean;
  /** What is said, the first that has a text says it; English comes last by itself. */
  levels?: Texts[];
  shape?: Shape;
}

/** A language that the browser can write dates and numbers in: a page may name one in a form that is none. */
function sound(code: string): string {
  try {
    new Intl.PluralRules(code);
    return code;
  } catch {
    return code.slice(0, 2) || 'en';
  }
}

/** Makes texts out of their levels. */
export type MakeWords = typeof words;

export function words({ locale = 'en', region = locale, rtl = false, levels = [], shape }: Spoken = {}): Words {
  [locale, region] = [sound(locale), sound(region)];
  const all = [...levels, english];
  const plural = new Intl.PluralRules(locale);
  const find = (key: string, group = key) => all.find((texts) => group in texts)?.[key];
  const fill = (text: unknown, values: Record<string, string | number>): string =>
    `${text ?? ''}`.replace(/%\{(\w+)\}|%%/g, (_, name?: string) => !name ? '%' : name in values ? isolate(values[name]!) : '');
  const t: Words = Object.assign((key: Key, values?: Record<string, string | number>) => t.say(key, values), {
    say: (key: Key, values = {}) => fill(find(key), values),
    locale,
    region,
    rtl,
    learn: (texts: Texts) => void Object.assign(english, texts),
    has: (key: string): key is Key => !!find(key),
    count(key: Counted, count: number) {
      const group = `${key}.other`;
      return fill(find(`${key}.${plural.select(count)}`, group) ?? find(group), { count });
    },
    date(key: DateKey, at: Date, options: Intl.DateTimeFormatOptions) {
      const format = shape && find(`date.ago_format.${key}`);
      if (format) return shape(`${format}`, at, find('date.month_names') as string[] | undefined, region);
      return new Intl.DateTimeFormat(region, options).format(at);
    },
  });
  return t;
}
