/** What a chat says first, as its form has it: a row for each language. */
import { about } from '../lib/i18n.svelte';
import type { LanguageText } from './LanguageTexts.svelte';

type Texts = Record<string, string>;

/** Of a chat that says nothing, a row to begin with. */
export function rowsOf(texts: Texts | undefined, language: string | null | undefined): LanguageText[] {
  const rows = Object.entries(texts ?? {}).map(([code, body]) => ({ language: code, body }));
  return rows.length ? rows : [{ language: language ?? 'en', body: '' }];
}

/** What the server takes: a language that is no longer there has an empty text. */
export function textsOf(rows: LanguageText[], before: Texts | undefined): Texts {
  const said = rows.filter((one) => one.body.trim()).map(({ language, body }) => [language.trim(), body]);
  const gone = Object.keys(before ?? {}).map((code) => [code, '']);
  return Object.fromEntries([...gone, ...said]);
}

/** Whether each text has a language, and each language one text. */
export function languagesFit(rows: LanguageText[]): boolean {
  const codes = rows.filter((one) => one.body.trim()).map(({ language }) => language.trim());
  return codes.every((code) => /^[a-z]{2,3}([-_][a-z]+)?$/i.test(code)) && new Set(codes).size === codes.length;
}

/** The same to be read. */
export const told = (rows: LanguageText[]) =>
  rows.filter((one) => one.body).map(({ language, body }) => about(language, body)).join('\n');
