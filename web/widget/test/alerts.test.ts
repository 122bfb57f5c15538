// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { words } from '../src/chat/i18n';
import '../src/alerts/main';
import type { AlertsHost } from '../src/shared/types';
import { memoryKeep, message } from './support';

let asked = 0;
let answer = 'granted';
let tones = 0;
const shown: [title: string, body: string][] = [];

beforeEach(() => {
  [asked, answer, tones, shown.length] = [0, 'granted', 0, 0];
  vi.stubGlobal('CSSStyleSheet', class { replaceSync() {} });
  const part = () => ({ frequency: {}, gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: (to: unknown) => to, start: () => tones++, stop() {} });
  vi.stubGlobal('AudioContext', class { state = 'running'; currentTime = 0; createOscillator = part; createGain = part; });
  vi.stubGlobal(
    'Notification',
    class {
      static permission = 'default';
      static async requestPermission() {
        asked++;
        return (Notification as { permission: string }).permission = answer;
      }
      onclick = () => {};
      close() {}
      constructor(title: string, { body }: { body: string }) {
        shown.push([title, body]);
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

/** The bell of a chat that offers these, in one tab of a browser. */
function bell(source: object, keep = memoryKeep()) {
  const root = document.body.appendChild(document.createElement('div')).attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [];
  const head = root.appendChild(document.createElement('div'));
  let button: HTMLElement | undefined;
  const host = { t: words(), bridge: { root, config: { source: { name: 'Shop', ...source } } }, keep, offer: (one: HTMLElement) => head.append((button = one)), open() {} };
  const alerts = window.__hubbubAlerts!(host as unknown as AlertsHost);
  const find = <T extends HTMLElement>(id: string) => root.querySelector<T>(`[data-testid=${id}]`);
  const turn = async (kind: string) => {
    if (!find('alerts-menu')) button!.click();
    find<HTMLInputElement>(`alerts-${kind}`)!.click();
    await new Promise((done) => setTimeout(done));
  };
  return { alerts, button, find, turn };
}

const both = { sounds: true, browser_notifications: true };

test('nothing rings and nothing is asked before the visitor has switched it on', async () => {
  const { alerts, turn, find } = bell(both);
  vi.spyOn(document, 'hasFocus').mockReturnValue(false);
  alerts.told(message('m1'));
  expect([asked, tones, shown]).toEqual([0, 0, []]);
  await turn('sound');
  expect(tones).toBe(2);
  alerts.told(message('m2'));
  expect([asked, tones, shown]).toEqual([0, 4, []]);
  await turn('notice');
  expect(asked).toBe(1);
  alerts.told(message('m3', { sender_name: 'Nora', body: 'It is here' }));
  expect([tones, shown]).toEqual([6, [['Nora', 'It is here']]]);
  await turn('sound');
  await turn('notice');
  alerts.told(message('m4'));
  expect([tones, shown.length, find('alerts-blocked')!.textContent]).toEqual([6, 1, '']);
});

test('a browser that refuses is not asked again by itself, and it is said', async () => {
  answer = 'denied';
  const { alerts, turn, find } = bell(both);
  await turn('notice');
  expect(find<HTMLInputElement>('alerts-notice')!.checked).toBe(false);
  expect(find('alerts-blocked')!.textContent).toMatch(/does not allow/);
  alerts.told(message('m1'));
  expect([asked, shown]).toEqual([1, []]);
});

test('who looks at the page needs no notice, and of several tabs one tells', async () => {
  const keep = memoryKeep();
  const [one, other] = [bell(both, keep), bell(both, keep)];
  await one.turn('notice');
  const focus = vi.spyOn(document, 'hasFocus').mockReturnValue(true);
  one.alerts.told(message('m1'));
  expect(shown).toEqual([]);
  focus.mockReturnValue(false);
  one.alerts.told(message('m2'));
  other.alerts.told(message('m2'));
  expect(shown.length).toBe(1);
});

test('several at once sound once over all tabs, and a tab that is late tells nothing again', async () => {
  vi.useFakeTimers();
  const held = new Set<string>();
  const request = async (name: string, _: object, act: (lock: object | null) => unknown) => {
    if (held.has(name)) return act(null);
    held.add(name);
    await act({});
    return held.delete(name);
  };
  vi.stubGlobal('navigator', { locks: { request } });
  const keep = memoryKeep();
  keep.set('alert:sound', '1');
  keep.set('alert:notice', '1');
  (Notification as unknown as { permission: string }).permission = 'granted';
  vi.spyOn(document, 'hasFocus').mockReturnValue(false);
  const [one, other] = [bell(both, keep), bell(both, keep)];
  // Each is the first to hear of another one.
  for (const [id, tabs] of [['m1', [one, other]], ['m2', [other, one]], ['m3', [one, other]]] as const) {
    for (const { alerts } of tabs) alerts.told(message(id));
  }
  await vi.advanceTimersByTimeAsync(10);
  expect([tones, shown.length]).toEqual([2, 3]);
  await vi.advanceTimersByTimeAsync(10_000);
  for (const id of ['m1', 'm2', 'm3']) other.alerts.told(message(id));
  await vi.advanceTimersByTimeAsync(10);
  expect([tones, shown.length]).toEqual([2, 3]);
  one.alerts.told(message('m4'));
  await vi.advanceTimersByTimeAsync(10);
  expect([tones, shown.length]).toEqual([4, 4]);
  vi.useRealTimers();
});

test('only what the source offers, and the browser can, is offered', () => {
  expect(bell({ sounds: true }).button).toBeDefined();
  vi.stubGlobal('Notification', undefined);
  expect(bell({ browser_notifications: true }).button).toBeUndefined();
});
