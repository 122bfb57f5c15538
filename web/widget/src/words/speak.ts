import type { MakeWords, Texts, Words } from '../chat/i18n';
import { ask } from '../shared/ask';
import { stylesOnce } from '../shared/dom';
import { base, codeOf, isRtl, languages, plain } from '../shared/locale';
import { told } from '../shared/told';
import type { Bridge } from '../shared/types';
import { read } from './read';
import rtl from './rtl.css?inline';
import { shape } from './shape';

/**
 * What is said in the visitor's language: the page's own texts come first, then the source's, then those that are built in, and the
 * same without the region; the chat has English. What does not come is said in English.
 */
export async function speak(bridge: Bridge, words: MakeWords): Promise<Words> {
  const { config, translations = [] } = bridge;
  const heard = translations.length + told(bridge);
  // A configuration from before languages has none of them.
  const { titles, version, english } = config.texts ?? { titles: { en: '', fr: '' }, version: '', english: false };
  const own = translations.length ? read(translations) : {};
  const wanted = languages(bridge);
  const code = codeOf([...Object.keys(titles), ...Object.keys(own)], wanted) ?? 'en';
  const file = [code, base(plain(code))].find((one) => one in titles) ?? 'en';
  const texts = file === 'en' && !english ? {} : await fetchTexts(`${bridge.base}/messages/${file}.json?v=${version}`);
  // A file that did not come leaves English.
  const there = file === 'en' || file in texts || code in own ? code : 'en';
  const levels = [...new Set([there, base(plain(there)), 'en'])].flatMap((one) => [own[one], texts[one]].map(fit(one, there)));
  const known = levels.filter((level) => !!level);
  // What was said meanwhile counts.
  if (heard !== (bridge.translations ?? []).length + told(bridge)) return speak(bridge, words);
  const locale = plain(there);
  const near = [...wanted, plain(navigator.language)].find((one) => one.includes('-') && base(one) === base(locale));
  const t = words({ locale, region: near ?? locale, rtl: isRtl(locale), levels: known, shape });
  // The chat's own page speaks as the chat does.
  const page = document.documentElement;
  if ('own' in page.dataset) Object.assign(page, { lang: locale, dir: t.rtl ? 'rtl' : 'ltr' });
  if (t.rtl && bridge.root) style(bridge.root);
  return t;
}

/** What the chat is called, before it is there to say so. */
export function title({ config, translations = [], ...spoken }: Bridge): string | undefined {
  const { titles = {} } = config.texts ?? {};
  const own = read(translations);
  const code = codeOf([...Object.keys(titles), ...Object.keys(own)], languages({ config, ...spoken })) ?? 'en';
  for (const one of [code, base(plain(code))]) {
    const called = own[one]?.default_title ?? titles[one];
    if (called) return `${called}`;
  }
  return titles.en;
}

/** Texts of one language as they stand in for those of another: without what has no text of its own there. */
const fit = (one: string, there: string) => (texts: Texts | undefined) =>
  !texts || base(one) === base(plain(there)) ? texts : Object.fromEntries(Object.entries(texts).filter(([key]) => !GIVEN.test(key)));

/** What a site alone gives: how it writes dates, and what it calls the chat. Each language has its own, or none. */
const GIVEN = /^(date\.(ago_format\.(same|diff|def)|month_n)|default_title)/;

const style = stylesOnce(rtl);

const fetchTexts = async (url: string): Promise<Record<string, Texts>> => {
  const { status, ...texts } = await ask<Record<string, Texts>>(url);
  return status === 200 ? (texts as Record<string, Texts>) : {};
};
