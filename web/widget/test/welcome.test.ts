// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { welcomeOf } from '../src/chat/core/welcome';
import type { Source } from '../src/shared/types';

const source = (locale: string | null) =>
  ({
    locale,
    welcome_message: 'Hello',
    welcome_messages: [
      { language: 'fr', body: 'Bonjour' },
      { language: 'pt-BR', body: 'Oi' },
    ],
  }) as Source;

test('the welcome is in the language of the source, or a near one, or the one for all', () => {
  expect(welcomeOf(source('fr'))).toBe('Bonjour');
  expect(welcomeOf(source('fr-CA'))).toBe('Bonjour');
  expect(welcomeOf(source('pt'))).toBe('Oi');
  expect(welcomeOf(source('de'))).toBe('Hello');
});

test('where the source says nothing, the page decides', () => {
  document.documentElement.lang = 'fr';
  expect(welcomeOf(source(null))).toBe('Bonjour');
  document.documentElement.lang = '';
});
