import type { Locale } from './types';

/** The source decides, then the page, then the browser. */
export function pickLocale(configured: string | null): Locale {
  const wanted = configured || document.documentElement.lang || navigator.language || 'en';
  return wanted.toLowerCase().startsWith('fr') ? 'fr' : 'en';
}
