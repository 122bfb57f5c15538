// @vitest-environment jsdom
import { expect, test, vi } from 'vitest';
import { words } from '../src/chat/i18n';
import '../src/email/main';
import type { EmailHost } from '../src/shared/types';

vi.stubGlobal('CSSStyleSheet', class { replaceSync() {} });

test('an address that is half written stays with its conversation', () => {
  const root = document.createElement('div').attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [];
  const bridge = { root, config: { source: {} } };
  const controller = {};
  const draw = (thread: string) => {
    const place = document.createElement('div');
    const host = { t: words(), bridge, controller, thread: () => thread } as unknown as EmailHost;
    window.__hubbubEmail!(host, place, false);
    return place.querySelector('input')!;
  };
  const input = draw('of-ada');
  input.value = 'ada@exa';
  input.dispatchEvent(new Event('input'));
  expect([draw('of-ben').value, draw('of-ada').value]).toEqual(['', 'ada@exa']);
});

test('who has given an address goes on where they write, unless they are somewhere else by then', async () => {
  const box = document.body.appendChild(document.createElement('div'));
  const root = box.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [];
  root.innerHTML = '<div class="place"></div><textarea></textarea><input class="other">';
  const [place, area, other] = [root.querySelector<HTMLElement>('.place')!, root.querySelector('textarea')!, root.querySelector('input')!];
  const bridge = { root, config: { source: {} }, emit() {} };
  const controller = { api: { email: async () => ({ ok: true }) } };
  const host = { t: words(), bridge, controller, thread: () => 'of-cy', focus: () => area.focus() } as unknown as EmailHost;
  const give = async (meanwhile: () => void) => {
    window.__hubbubEmail!(host, place, false);
    const input = place.querySelector('input')!;
    input.value = 'cy@example.org';
    input.focus();
    place.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
    meanwhile();
    await vi.waitFor(() => expect(place.querySelector('form')).toBe(null));
    return root.activeElement;
  };
  expect(await give(() => {})).toBe(area);
  expect(await give(() => other.focus())).toBe(other);
});
