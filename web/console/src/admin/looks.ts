/** The texts of the chat on a page: what is built in, and what a source says in words of its own. */
import type { Source } from '../lib/api/types';
import type { MessageKey } from '../lib/i18n.svelte';

export type Texts = Record<string, string>;
/** Texts by language and key; the names of months stand in one text, with commas between them. */
export type Languages = Record<string, Texts>;

/** The languages that are built in. */
export const BUILT_IN = ['en', 'fr', 'de', 'es', 'it', 'pt', 'nl', 'pl', 'ar', 'he', 'ja', 'zh'];
export const MONTHS = 'date.month_names';
/** Keys that have no text until a source gives one. */
const GIVEN = ['default_title', 'same_day', 'different_day', 'same_year', 'different_year', 'default', MONTHS].map((key) =>
  key.includes('_title') || key === MONTHS ? key : `date.ago_format.${key}`,
);
const FORMS = /\.(zero|one|two|few|many|other)$/;

const files = import.meta.glob<{ default: Texts }>('../../../widget/messages/*.json');
const read = async (name: string): Promise<Texts> => (await files[`../../../widget/messages/${name}.json`]?.())?.default ?? {};

export const base = (code: string): string => code.split('-')[0] as string;
export const plain = (code: string): string => code.trim().toLowerCase().replaceAll('_', '-');
export const isCode = (code: string): boolean => /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/.test(plain(code));
export const isRtl = (code: string): boolean => ['ar', 'he', 'fa', 'ur'].includes(base(code));

/** The parts of the chat that come with their own texts. */
const PARTS = ['alerts', 'consent', 'email', 'files', 'list', 'live', 'refused'] as const;
type Part = (typeof PARTS)[number];

export interface BuiltIn {
  own: Texts;
  english: Texts;
  /** Which part of the chat says a text. */
  parts: Record<string, Part>;
}

/** What is built in for a language, in English where that has nothing. */
export async function builtIn(code: string): Promise<BuiltIn> {
  const [english, ...texts] = await Promise.all(['en', ...PARTS.map((part) => `${part}.en`)].map(read)) as [Texts, ...Texts[]];
  const parts = Object.fromEntries(texts.flatMap((one, at) => Object.keys(one).map((key) => [key, PARTS[at]!])));
  const all: Texts = Object.assign({}, english, ...texts);
  const there = base(code) !== 'en' && BUILT_IN.includes(base(code));
  return { own: there ? await read(base(code)) : base(code) === 'en' ? all : {}, english: all, parts };
}

/** Where the texts stand whose part does not say it, by how their keys begin; the first that fits says it. */
const PLACES: [start: RegExp, place: MessageKey][] = [
  [/^default_title/, 'looks.at.title'],
  [/^date\.ago_format\.same_day/, 'looks.at.same_day'],
  [/^date\.ago_format\.different_day/, 'looks.at.different_day'],
  [/^date\.ago_format\.same_year/, 'looks.at.same_year'],
  [/^date\.ago_format\.different_year/, 'looks.at.different_year'],
  [/^date\.ago_format\.default/, 'looks.at.default'],
  [/^date\.month_names/, 'looks.at.months'],
  [/^(date\.estimated|queuing_update\.(es|qu))/, 'looks.at.queue'],
  [/^end_frame|^hubbub\.ended/, 'looks.at.end'],
  [/^(control_|hubbub\.(launcher|open_image))/, 'looks.at.button'],
  [/^(conversation_header_title|hubbub\.new_title)/, 'looks.at.heading'],
  [/^(input_placeholder|dialog_frame|hubbub\.(compose|text_too|input_))/, 'looks.at.field'],
  [/^(send_message_error|hubbub\.state_)/, 'looks.at.state'],
  [/^hubbub\.(offline|retry_|loading)/, 'looks.at.offline'],
];

/** Where a text stands in the chat. */
export function placeOf(key: string, { parts, english }: Pick<BuiltIn, 'parts' | 'english'>): MessageKey {
  const place = PLACES.find(([start]) => start.test(key))?.[1];
  if (place) return place;
  if (parts[key]) return `looks.at.${parts[key]}`;
  const known = key in english || `${key.replace(FORMS, '')}.other` in english;
  return known ? 'looks.at.conversation' : 'looks.at.nowhere';
}

/** A site's English as it stands in for a language: that has dates and a title of its own, or none. */
export const standIn = <T extends object>(english: T | undefined, code: string): object | undefined =>
  english && base(code) !== 'en' ? Object.fromEntries(Object.entries(english).filter(([key]) => !GIVEN.includes(key))) : english;

/** All keys that a language can have a text for, in order; the forms for numbers are those of the language. */
export function keysOf(code: string, own: Texts, english: Texts, said: Texts): string[] {
  const keys = new Set([...Object.keys(english), ...GIVEN, ...Object.keys(own), ...Object.keys(said)]);
  const forms = new Set<string>(formsOf(code));
  const groups = Object.keys(english).filter((key) => key.endsWith('.other')).map((key) => key.replace(FORMS, ''));
  for (const group of groups) {
    // How long an hour is has two texts whatever the language.
    if (group.endsWith('.hours')) continue;
    for (const form of forms) keys.add(`${group}.${form}`);
    for (const key of [...keys]) {
      if (key.replace(FORMS, '') === group && !forms.has(key.slice(group.length + 1)) && !(key in said)) keys.delete(key);
    }
  }
  return [...keys].sort();
}

/** The forms that a language has for whole numbers. */
function formsOf(code: string): string[] {
  try {
    const rules = new Intl.PluralRules(code);
    return ['other', ...new Set(Array.from({ length: 200 }, (_, n) => rules.select(n) as string))];
  } catch {
    return ['one', 'other'];
  }
}

/** The texts of a source as its form has them: keys with dots, and each value a text. */
export function languagesOf(source: Source | null): Languages {
  const flat = (tree: object, above: string, into: Texts): Texts => {
    for (const [name, value] of Object.entries(tree)) {
      const key = above ? `${above}.${name}` : name;
      if (Array.isArray(value)) into[key] = value.join(', ');
      else if (typeof value === 'string') into[key] = value;
      else flat(value, key, into);
    }
    return into;
  };
  const trees = Object.entries((source?.custom_languages ?? {}) as Record<string, object>);
  return Object.fromEntries(trees.map(([code, tree]) => [code, flat(tree, '', {})]));
}

/** The same as the server takes them: nothing where a text is empty. */
export function toSend(languages: Languages): Record<string, Record<string, string | string[]>> {
  const of = (texts: Texts) =>
    Object.fromEntries(
      Object.entries(texts)
        .filter(([, text]) => text.trim())
        .map(([key, text]) => [key, key === MONTHS ? text.split(',').map((name) => name.trim()) : text]),
    );
  return Object.fromEntries(Object.entries(languages).map(([code, texts]) => [code, of(texts)]));
}

/** A language in the reader's words. */
export function languageName(code: string, reader: string): string {
  try {
    return new Intl.DisplayNames([reader], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}
