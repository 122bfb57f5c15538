// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { type Bubble, rows } from '../src/chat/rows';
import { words } from '../src/chat/i18n';
import { drawStructured } from '../src/cards/structured';
import type { Choice, Structured } from '../src/shared/types';
import { message } from './support';

function draw(structured_content: Structured): { element: HTMLElement; pressed: Choice[] } {
  const pressed: Choice[] = [];
  const messages = [message('1', { body: '', structured_content })];
  const input = { messages, notices: [], pending: [], added: [], struggling: false, company: { name: 'Shop', avatar: null }, now: new Date() };
  const row = rows(input, words()).find((one): one is Bubble => one.kind === 'message') as Bubble;
  return { element: drawStructured(row, (button) => pressed.push(button)) as HTMLElement, pressed };
}

test('each choice is a button that says what was pressed', () => {
  const { element, pressed } = draw({
    type: 'select',
    center_items: false,
    disable_text_input: false,
    items: [{ title: 'Yes', payload: 'y' }, { title: 'No' }],
  });
  const buttons = [...element.querySelectorAll('button')];
  expect(buttons.map((button) => button.textContent)).toEqual(['Yes', 'No']);
  buttons[0]?.click();
  expect(pressed).toEqual([{ title: 'Yes', payload: 'y' }]);
});

test('cards have their title, text, picture, link and buttons', () => {
  const { element, pressed } = draw({
    type: 'carousel',
    items: [
      {
        title: 'Fern',
        subtitle: 'Likes shade',
        picture: 'https://chat.test/fern.png',
        url: 'fern://7',
        url_fallback: 'https://shop.test/fern',
        items: [
          { type: 'reply', title: 'Buy', payload: 'fern' },
          { type: 'url', title: 'Look', url: 'https://shop.test/look' },
        ],
      },
      { title: 'Ivy' },
    ],
  });
  expect(element.querySelectorAll('.card')).toHaveLength(2);
  const links = [...element.querySelectorAll('a')].map((a) => a.href);
  expect(links).toEqual(['https://shop.test/fern', 'https://shop.test/look']);
  expect(element.querySelector('img')?.getAttribute('src')).toBe('https://chat.test/fern.png');
  expect(element.querySelector('small')?.textContent).toBe('shop.test');
  element.querySelector('button')?.click();
  expect(pressed.map((button) => button.payload)).toEqual(['fern']);
});

test('an address that would run is no link, whatever the server let through', () => {
  const evil = 'javascript:alert(1)';
  const card = { title: 'x', url: evil, picture: evil, items: [{ type: 'url' as const, title: 'y', url: evil }] };
  const { element } = draw({ type: 'template', ...card });
  expect(element.querySelector('a, img')).toBeNull();
  expect(element.textContent).toBe('x');
});
