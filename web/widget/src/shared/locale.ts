import type { Locale } from './types';

/** The language that visitors are spoken to in: the source decides, then the page, unless it is the chat's own, then the
 * browser. */
export function language(configured: string | null): string {
  const page = document.documentElement;
  return (configured || ('own' in page.dataset ? '' : page.lang) || navigator.language || 'en').toLowerCase();
}

/** Of the languages that the chat itself speaks, the one that fits best. */
export function pickLocale(configured: string | null): Locale {
  return language(configured).startsWith('fr') ? 'fr' : 'en';
}
