// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from 'vitest';
import * as welcome from '../src/chat/core/welcome';
import { fillIn } from '../src/shared/fill';

const source = (locale: string | null, identity: Record<string, unknown> | null = null, language?: string) => ({
  language,
  wanted: {},
  visitor: { visitor: null, identity, jwt: null, custom: {} },
  config: {
    source: {
      locale,
      welcome_message: 'Hello {{firstname}}!',
      welcome_messages: [
        { language: 'fr', body: 'Bonjour' },
        { language: 'pt-BR', body: 'Oi' },
      ],
    },
  },
});

const welcomeOf = (...given: Parameters<typeof welcome.welcomeOf>) => welcome.welcomeOf(...given).body;
const navigates = (language: string) => vi.spyOn(navigator, 'language', 'get').mockReturnValue(language);
const page = (lang: string) => (document.documentElement.lang = lang);
beforeEach(() => {
  page('');
  navigates('en-US');
});

test('the welcome is in the language of the page, or a near one, or the one for all', () => {
  const said = (lang: string) => {
    page(lang);
    return welcomeOf(source(null), {});
  };
  expect(['fr', 'fr-CA', 'pt', 'de'].map(said)).toEqual(['Bonjour', 'Bonjour', 'Oi', 'Hello!']);
});

test('the trigger, the script and the person come before the page, and the name is filled in', () => {
  page('de');
  expect(welcomeOf(source('de', { locale: 'fr-CA' }), {})).toBe('Bonjour');
  expect(welcomeOf(source('fr', { locale: 'fr' }, 'pt'), {})).toBe('Oi');
  expect(welcomeOf({ ...source(null, { locale: 'pt' }), wanted: { locale: 'fr_CA' } }, {})).toBe('Bonjour');
  expect(welcomeOf(source('de', { firstname: 'Ada' }), {})).toBe('Hello Ada!');
});

test('the welcome is in the next language that it is there in', () => {
  page('sv');
  navigates('pt-PT');
  expect(welcome.welcomeOf(source('fr'), {})).toEqual({ welcome: 'pt-BR', body: 'Oi' });
  expect(welcomeOf({ ...source('fr'), wanted: { locale: 'fr' } }, {})).toBe('Bonjour');
  navigates('da');
  // The server finds the one for all others by what it has none of.
  expect(welcome.welcomeOf(source('fr'), {})).toEqual({ welcome: 'sv', body: 'Hello!' });
});

test('a token says in which language somebody is spoken to', () => {
  const claims = Buffer.from(JSON.stringify({ uuid: '7', lastname: 'Zoë?>ÿ', locale: 'pt-PT' })).toString('base64url');
  page('fr');
  const signed = source('fr', { locale: 'fr' });
  signed.visitor.jwt = `e30.${claims}.x` as never;
  expect(welcomeOf(signed, {})).toBe('Oi');
  signed.visitor.jwt = 'e30.no.x' as never;
  expect(welcomeOf(signed, {})).toBe('Bonjour');
});

test('what the server knows of the person counts more than what the page says', () => {
  expect(welcomeOf(source('de', { firstname: 'Ada' }), { firstname: 'Eva' })).toBe('Hello Eva!');
});

test('the names of the reference stand for the person as well', () => {
  const person = { firstname: 'Ada', company: 'Brooks & Sons' };
  expect(fillIn('Hello {{identity_firstname}} of {{ identity_company }} {{identity_gender}}!', person)).toBe(
    'Hello Ada of Brooks & Sons!',
  );
});
