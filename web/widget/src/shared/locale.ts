import type { Bridge, Locale } from './types';

/** What decides the language that a visitor is spoken to in. */
export type Spoken = Pick<Bridge, 'language' | 'wanted' | 'visitor'> & { config: { source: { locale: string | null } } };

/** The language that a visitor is spoken to in: the trigger decides, then the site's script, what it says of the person,
 * the source, the page, unless it is the chat's own, and the browser. */
export function language({ language, wanted, visitor, config }: Spoken): string {
  const page = document.documentElement;
  const told = language || wanted.locale || visitor.identity?.locale || config.source.locale;
  return `${told || ('own' in page.dataset ? '' : page.lang) || navigator.language || 'en'}`.toLowerCase();
}

/** Of the languages that the chat itself speaks, the one that fits best. */
export function pickLocale(spoken: Spoken): Locale {
  return language(spoken).startsWith('fr') ? 'fr' : 'en';
}

/** Of what is there in several languages, the one for this language or a near one, else the English or the first. */
export const spoken = <T>(all: Record<string, T>, wanted: string): T | undefined => {
  const found = (fits: (one: string) => boolean) => Object.keys(all).find((code) => fits(code.toLowerCase().replace('_', '-')));
  const base = wanted.split('-')[0] as string;
  const code = found((one) => one === wanted) ?? found((one) => one.split('-')[0] === base) ?? found((one) => one === 'en');
  return all[code ?? (Object.keys(all)[0] as string)];
};
