// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { welcomeOf } from '../src/chat/core/welcome';
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

test('the welcome is in the language of the source, or a near one, or the one for all', () => {
  expect(welcomeOf(source('fr'), {})).toBe('Bonjour');
  expect(welcomeOf(source('fr-CA'), {})).toBe('Bonjour');
  expect(welcomeOf(source('pt'), {})).toBe('Oi');
  expect(welcomeOf(source('de'), {})).toBe('Hello!');
});

test('where the source says nothing, the page decides', () => {
  document.documentElement.lang = 'fr';
  expect(welcomeOf(source(null), {})).toBe('Bonjour');
  document.documentElement.lang = '';
});

test('the person and the trigger come before the source, and the name is filled in', () => {
  expect(welcomeOf(source('de', { locale: 'fr-CA' }), {})).toBe('Bonjour');
  expect(welcomeOf(source('fr', { locale: 'fr' }, 'pt'), {})).toBe('Oi');
  expect(welcomeOf(source('de', { firstname: 'Ada' }), {})).toBe('Hello Ada!');
});

test('what the server knows of the person counts more than what the page says', () => {
  expect(welcomeOf(source('de', { firstname: 'Ada' }), { firstname: 'Eva' })).toBe('Hello Eva!');
  expect(welcomeOf(source('fr_CA'), {})).toBe('Bonjour');
});

test('the names of the reference stand for the person as well', () => {
  const person = { firstname: 'Ada', company: 'Brooks & Sons' };
  expect(fillIn('Hello {{identity_firstname}} of {{ identity_company }} {{identity_gender}}!', person)).toBe(
    'Hello Ada of Brooks & Sons!',
  );
});
