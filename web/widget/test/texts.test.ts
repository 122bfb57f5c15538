// @vitest-environment jsdom
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeEach, expect, test, vi } from 'vitest';
import alerts from '../messages/alerts.en.json';
import consent from '../messages/consent.en.json';
import email from '../messages/email.en.json';
import en from '../messages/en.json';
import files from '../messages/files.en.json';
import list from '../messages/list.en.json';
import live from '../messages/live.en.json';
import refused from '../messages/refused.en.json';
import { type Counted, type Key, type Texts, words } from '../src/chat/i18n';
import { speak } from '../src/chat/speak';
import { speak as speakOther, title } from '../src/words/speak';
import type { Bridge } from '../src/shared/types';
import { inScheme } from '../src/shared/place';
import { read } from '../src/words/read';
import { shape } from '../src/words/shape';

const FOLDER = `${import.meta.dirname}/../messages`;
const english: Record<string, string> = { ...alerts, ...consent, ...email, ...en, ...files, ...list, ...live, ...refused };
const languages = readdirSync(FOLDER)
  .filter((name) => /^\w\w\.json$/.test(name))
  .map((name) => [name.slice(0, 2), JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8'))] as [string, Record<string, string>]);
const of = (code: string) => languages.find(([one]) => one === code)![1];
const said = (code: string, levels: Texts[] = [of(code)]) => words({ locale: code, levels });

/** Groups of texts that differ by how many there are. */
const COUNTED: Counted[] = ['hubbub.unread', 'date.ago_format.about_x_minutes', 'date.estimated_wait_time_format.minutes'];
const FORMS = /\.(zero|one|two|few|many|other)$/;
const isCounted = (key: string) => FORMS.test(key) && (COUNTED as string[]).includes(key.replace(FORMS, ''));

/** Keys of the reference that a site alone gives: dates are written as the visitor's region does until it says otherwise. */
const GIVEN = [
  'date.ago_format.default', 'date.ago_format.different_day', 'date.ago_format.different_year',
  'date.ago_format.same_day', 'date.ago_format.same_year', 'date.month_names', 'default_title',
];
/** Keys of the reference that nothing shows yet: they are taken, and kept. */
const RESERVED = [
  'cobrowsing.request_message.accept', 'cobrowsing.request_message.body', 'cobrowsing.request_message.deny',
  'content.anonymized', 'control_close_cobrowsing', 'default_cobrowsing_active_status',
  'unsupported_browser',
];
/** What `docs/interactions/web-messaging/customization.md` names. */
const DOCUMENTED = [
  ...GIVEN, ...RESERVED, 'attachment_error.file_too_large', 'attachment_error.file_type_not_allowed',
  'attachment_error.message', 'attachment_error.unknown', 'attachment_frame.drop_text', 'connection',
  'control_attachment_title', 'control_back_title', 'control_close_title', 'control_emoji_title', 'control_new_title', 'control_quit_title',
  'control_send_title', 'conversation_header_title', 'date.ago_format.about_x_minutes.one',
  'date.ago_format.about_x_minutes.other', 'date.ago_format.now', 'date.estimated_wait_time_format.hours.one',
  'date.estimated_wait_time_format.hours.other', 'date.estimated_wait_time_format.minutes.one',
  'date.estimated_wait_time_format.minutes.other', 'dialog_frame.button_ok_label', 'dialog_frame.error_title',
  'disconnection', 'end_frame.confirm', 'end_frame.message_1', 'end_frame.message_2', 'end_frame.option_leave_label',
  'end_frame.option_print_label', 'end_frame.option_see_again_label', 'input_placeholder', 'printer.title',
  'prompt_error.incorrect_email', 'prompt_error.required', 'prompt_error.send_error', 'queuing_update.estimated_wait_time',
  'queuing_update.queued', 'queuing_update.transfered', 'request_email.submitted_title', 'request_email.title',
  'send_message_error', 'thread_closure', 'threads_listing_empty', 'timed_messages.impossible', 'typing',
  'waiting_for_agent', 'you', 'you_colon',
];
/** What the server tells by a key of its own. */
const TOLD = ['connection', 'disconnection', 'queuing_update.transfered', 'thread_closure', 'timed_messages.impossible', 'waiting_for_agent'];

const code = readdirSync(`${import.meta.dirname}/../src`, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(`${import.meta.dirname}/../src/${name}`, 'utf8'))
  .join('\n');

test('each text has a place on the screen, and each place a text', () => {
  const built = ['hubbub.why_', 'hubbub.ended_', 'hubbub.state_', 'date.estimated_wait_time_format.hours.', 'prompt_error.'];
  const shown = (key: string) =>
    code.includes(`'${isCounted(key) ? key.replace(FORMS, '') : key}'`) ||
    built.some((start) => key.startsWith(start) && code.includes(`\`${start}\${`)) ||
    TOLD.includes(key);
  expect(Object.keys(english).filter((key) => !shown(key))).toEqual([]);
  const dates = GIVEN.filter((key) => !shown(key) && !code.includes(`'${key.replace('date.ago_format.', '')}'`));
  expect(dates).toEqual([]);
});

test('each documented key is known', () => {
  const known = new Set([...Object.keys(english), ...GIVEN, ...RESERVED]);
  expect(DOCUMENTED.filter((key) => !known.has(key))).toEqual([]);
  const own = Object.keys(english).filter((key) => !DOCUMENTED.includes(key));
  expect(own.filter((key) => !key.startsWith('hubbub.'))).toEqual([]);
});

test('there are twelve languages', () => {
  expect(languages.map(([one]) => one)).toEqual(['ar', 'de', 'en', 'es', 'fr', 'he', 'it', 'ja', 'nl', 'pl', 'pt', 'zh']);
});

test.each(languages.filter(([one]) => one !== 'en'))('%s says all that English says, with the same blanks', (language, texts) => {
  const plain = (keys: string[]) => keys.filter((key) => !isCounted(key)).sort();
  const wanted = Object.keys(english);
  expect(plain(Object.keys(texts))).toEqual(plain(wanted));
  const blanks = (text: string) => [...new Set(text.match(/%\{\w+\}|%%/g))].sort().join();
  for (const [key, text] of Object.entries(english)) {
    if (!isCounted(key)) expect([key, blanks(texts[key]!)]).toEqual([key, blanks(text)]);
  }
  const rules = new Intl.PluralRules(language);
  const forms = new Set(Array.from({ length: 200 }, (_, n) => rules.select(n)));
  for (const group of COUNTED) {
    const there = Object.keys(texts).filter((key) => key.startsWith(`${group}.`)).map((key) => key.slice(group.length + 1));
    expect([group, new Set(there)]).toEqual([group, new Set([...forms, 'other'])]);
  }
  expect(gzipSync(JSON.stringify(texts), { level: 9 }).length).toBeLessThanOrEqual(3 * 1024);
});

test('French has a space before some marks, at which no line breaks', () => {
  expect(Object.entries(of('fr')).filter(([, text]) => / [:;!?»]|« |\S[:;!?»]|«\S/.test(text))).toEqual([]);
});

test('numbers take the form that the language has for them', () => {
  const unread = (language: string, counts: number[]) => counts.map((n) => said(language).count('hubbub.unread', n));
  expect(unread('en', [1, 2])).toEqual(['1 unread message', '2 unread messages']);
  expect(unread('fr', [0, 2])).toEqual(['0 message non lu', '2 messages non lus']);
  expect(unread('pl', [1, 2, 5, 12, 22, 25])).toEqual([
    '1 nieprzeczytana wiadomość', '2 nieprzeczytane wiadomości', '5 nieprzeczytanych wiadomości',
    '12 nieprzeczytanych wiadomości', '22 nieprzeczytane wiadomości', '25 nieprzeczytanych wiadomości',
  ]);
  expect(unread('ar', [0, 1, 2, 3, 11, 100])).toEqual([
    'لا رسائل غير مقروءة', 'رسالة واحدة غير مقروءة', 'رسالتان غير مقروءتين', '3 رسائل غير مقروءة',
    '11 رسالة غير مقروءة', '100 رسالة غير مقروءة',
  ]);
});

test('forms of two places are not mixed, and a missing one is the one for all others', () => {
  const own = { 'hubbub.unread.one': 'one of ours', 'hubbub.unread.other': '%{count} of ours' };
  const t = said('pl', [own, of('pl')]);
  expect([1, 2, 5].map((n) => t.count('hubbub.unread', n))).toEqual(['one of ours', '2 of ours', '5 of ours']);
});

test('placeholders are filled, unknown ones stay empty, and two signs are one', () => {
  const t = said('en', [{ typing: '%{screenname} %{nobody}types 50%% %', you: 'I' }]);
  expect(t('typing', { screenname: 'Ada' })).toBe('\u2068Ada\u2069 types 50% %');
  expect([t('you'), t('hubbub.today'), t.has('nothing'), t.has('default_title')]).toEqual(['I', 'Today', false, false]);
});

test('dates are written by the formats of the site, and else as the region does', () => {
  const at = new Date(2026, 2, 5, 15, 7);
  const months = ['Jän', ...Array.from({ length: 11 }, (_, n) => `M${n + 2}`)];
  const levels = [{ 'date.ago_format.same_year': '%e %B %Y, %H:%M (%I:%M %p) %d.%m.%y 100%% %Q', 'date.month_names': months }];
  const t = words({ levels, shape });
  expect(t.date('same_year', at, {})).toBe('5 M3 2026, 15:07 (03:07 PM) 05.03.26 100% %Q');
  expect(words({ levels: [{ 'date.ago_format.default': '%b %B' }], shape, locale: 'de' }).date('default', at, {})).toBe('Mär März');
  expect(words({ locale: 'de' }).date('default', at, { month: 'long' })).toBe('März');
});

const page = (lang: string) => (document.documentElement.lang = lang);
const answers = new Map<string, object>();
const asked: string[] = [];
class Request {
  responseType = '';
  timeout = 0;
  status = 0;
  response: object | null = null;
  onloadend = () => {};
  private url = '';
  open(_: string, url: string): void {
    this.url = url;
    asked.push(url);
  }
  setRequestHeader(): void {}
  send(): void {
    this.response = answers.get(this.url) ?? null;
    this.status = this.response ? 200 : 500;
    queueMicrotask(() => this.onloadend());
  }
}

beforeEach(() => {
  page('');
  answers.clear();
  asked.length = 0;
  vi.stubGlobal('XMLHttpRequest', Request);
  vi.spyOn(navigator, 'language', 'get').mockReturnValue('en-US');
  window.__hubbubWords = Object.assign(speakOther, { title });
});

const TITLES = Object.fromEntries(languages.map(([one, texts]) => [one, texts['hubbub.launcher']!]));
const bridge = (change: object = {}, source: object = {}): Bridge =>
  ({
    base: '/chat/t',
    wanted: {},
    visitor: { identity: null },
    config: { source: { locale: null, ...source }, texts: { version: 'v1', titles: TITLES, english: false } },
    script: async (_: string, made: () => unknown) => made(),
    ...change,
  }) as unknown as Bridge;

test('English needs no file, and another language one, under the version', async () => {
  const t = await speak(bridge());
  expect([t.locale, t.region, t('hubbub.today'), asked]).toEqual(['en', 'en-us', 'Today', []]);
  page('fr-CA');
  answers.set('/chat/t/messages/fr.json?v=v1', { fr: of('fr') });
  const french = await speak(bridge());
  expect([french.locale, french.region, french('hubbub.today'), asked.length]).toEqual(['fr', 'fr-ca', 'Aujourd’hui', 1]);
});

test('what the chat is called before it is there is what it says when it is', () => {
  const called = (change: object = {}, titles: object = {}) =>
    title(bridge({ config: { source: { locale: null }, texts: { version: 'v1', titles: { ...TITLES, ...titles }, english: false } }, ...change }));
  page('FR_ca');
  expect(called()).toBe(of('fr')['hubbub.launcher']);
  expect(called({}, { 'fr-ca': 'Clavardage' })).toBe('Clavardage');
  expect(called({ translations: [{ fr: { default_title: 'Aide' } }, { FR: { default_title: 'Au secours' } }] })).toBe('Au secours');
  expect(called({ wanted: { locale: 'HE' } })).toBe(of('he')['hubbub.launcher']);
  expect(called({ wanted: { locale: 'fil' }, translations: [{ fil: { default_title: 'Usap' } }] })).toBe('Usap');
});

test('a file that does not come leaves English', async () => {
  page('de');
  const t = await speak(bridge());
  expect([t.locale, t.rtl, t('hubbub.today'), asked.length]).toEqual(['en', false, 'Today', 1]);
});

test('the languages are asked in their order, and one without texts is passed over', async () => {
  const locale = async (change: object, source: object = {}) => {
    for (const [one, texts] of languages) answers.set(`/chat/t/messages/${one}.json?v=v1`, { [one]: texts });
    return (await speak(bridge(change, source))).locale;
  };
  page('es');
  const everything = { language: 'it', wanted: { locale: 'PT_br' }, visitor: { identity: { locale: 'nl' } } };
  expect(await locale(everything)).toBe('it');
  expect(await locale({ ...everything, language: null })).toBe('pt');
  expect(await locale({ visitor: { identity: { locale: 'nl' } } })).toBe('nl');
  expect(await locale({}, { locale: 'ja' })).toBe('es');
  page('sv');
  vi.spyOn(navigator, 'language', 'get').mockReturnValue('fi');
  expect(await locale({}, { locale: 'ja' })).toBe('ja');
  expect(await locale({})).toBe('en');
  expect(await locale({ wanted: { locale: 'nonsense!' } })).toBe('en');
});

test('what the page adds comes first, then what the source has for the region, the language, and English', async () => {
  page('fr-CA');
  const config = { source: { locale: null }, texts: { version: 'v1', titles: { ...TITLES, 'fr-ca': 'x' }, english: true } };
  answers.set('/chat/t/messages/fr-ca.json?v=v1', {
    'fr-ca': { you: 'custom ca', typing: 'custom ca', connection: 'custom ca' },
    fr: { ...of('fr'), disconnection: 'custom fr' },
    en: { 'hubbub.today': 'custom en' },
  });
  const translations = [{ fr_CA: { you: 'page ca' } }, { fr: { typing: 'page fr', you: 'page fr' }, 'en-GB': { you: 'page gb' } }];
  const t = await speak(bridge({ config, translations }));
  const keys: Key[] = ['you', 'typing', 'connection', 'disconnection', 'hubbub.today', 'hubbub.yesterday'];
  expect(keys.map((key) => t(key))).toEqual(['page ca', 'custom ca', 'custom ca', 'custom fr', 'Aujourd’hui', 'Hier']);
});

test('English of a site stands in for a language, but neither its dates nor its title', async () => {
  page('de');
  const english = { default_title: 'Help', 'date.ago_format.same_day': '%I:%M %p', 'date.month_names': Array(12).fill('M') };
  const config = { source: { locale: null }, texts: { version: 'v1', titles: TITLES, english: true } };
  answers.set('/chat/t/messages/de.json?v=v1', { de: { you: 'Ich' }, en: { ...english, 'hubbub.today': 'This day' } });
  const translations = [{ en: { date: { ago_format: { same_year: '%B' } }, hubbub: { yesterday: 'The day before' } } }];
  const t = await speak(bridge({ config, translations }));
  const at = new Date(2026, 2, 5, 15, 7);
  expect([t.has('default_title'), t('hubbub.today'), t('hubbub.yesterday')]).toEqual([false, 'This day', 'The day before']);
  expect(t.date('same_day', at, { timeStyle: 'short' })).toBe('15:07');
  expect(t.date('same_year', at, { month: 'long' })).toBe('März');
  page('en-GB');
  answers.set('/chat/t/messages/en.json?v=v1', { en: english });
  const own = await speak(bridge({ config, translations }));
  expect([own('default_title'), own.date('same_day', at, {}), own.date('same_year', at, {})]).toEqual(['Help', '03:07 PM', 'M']);
});

test('how long an hour is has two texts, and one alone may be a site\'s own', () => {
  const hours = (forms: object) => ({ fr: { date: { estimated_wait_time_format: { hours: forms } } } });
  const key = (form: string) => `date.estimated_wait_time_format.hours.${form}`;
  expect(read([hours({ one: 'a' }), hours({ other: 'b' })]).fr).toEqual({ [key('one')]: 'a', [key('other')]: 'b' });
});

test('a page may add a language, and one that is written from the right', async () => {
  page('fa');
  const t = await speak(bridge({ translations: [{ fa: { hubbub: { today: 'امروز' } } }] }));
  expect([t.locale, t.rtl, t('hubbub.today'), t('hubbub.yesterday'), asked]).toEqual(['fa', true, 'امروز', 'Yesterday', []]);
});

test('what a page adds may be a tree or keys with dots, and what is wrong is told and left out', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const tree = JSON.parse(`{"en": {"end_frame": {"confirm": "Sure?"}, "printer.title": "P", "you": 5, "typing": "${'x'.repeat(1001)}",
    "date": {"month_names": ["a"]}, "__proto__": {"polluted": "1"}, "hubbub": ["a"]}, "english": {}, "de": "x"}`);
  expect(read([tree]).en).toEqual({ 'end_frame.confirm': 'Sure?', 'printer.title': 'P', '__proto__.polluted': '1' });
  expect(warn.mock.calls.map(([text]) => text)).toEqual([
    'Chat: _addTranslations: en.you must be a text',
    'Chat: _addTranslations: en.typing is longer than 1000 characters',
    'Chat: _addTranslations: en.date.month_names must be twelve texts',
    'Chat: _addTranslations: en.hubbub must be a text',
    'Chat: _addTranslations: english is no language',
    'Chat: _addTranslations: de must have keys',
  ]);
  expect(({} as { polluted?: string }).polluted).toBe(undefined);
  expect(read([{ pl: { hubbub: { unread: { few: 'a', other: 'b' } } } }, { pl: { hubbub: { unread: { other: 'c' } } } }]).pl).toEqual({
    'hubbub.unread.other': 'c',
  });
});

test('a language in a form that is none is spoken as far as it is known', () => {
  for (const [locale, region] of [['pt-ao90', 'pt-ao90'], ['en', 'en '], ['en', 'en-GB, en'], ['en', '']]) {
    const t = words({ locale, region, levels: [] });
    expect(t.date('date.ago_format.same_year' as never, new Date(0), { year: 'numeric' })).toMatch(/19(69|70)/);
    expect(t.count(COUNTED[0]!, 2)).toContain('2');
  }
});

test('a fixed scheme holds wherever a style asks for one', () => {
  const css = '@media screen and (prefers-color-scheme: dark) { a { color: red } }';
  const as = (color_scheme: string) => inScheme(css, { config: { source: { color_scheme } }, wanted: {} } as never);
  expect(as('dark')).toContain('@media screen and (min-width:0) {');
  expect(as('light')).toContain('@media screen and (max-width:0) {');
  expect(as('auto')).toBe(css);
});

test('what has no end is looked at for a while only', () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`k${n}`, {}])) as Record<string, object>;
  for (const name of Object.keys(wide)) wide[name] = wide;
  const started = performance.now();
  expect(read([{ en: wide }, 'x'.repeat(100_000), null, { de: { you: 'Du' } }]).de).toEqual({ you: 'Du' });
  expect(performance.now() - started).toBeLessThan(1000);
});
