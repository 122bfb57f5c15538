import { expect, test } from 'vitest';
import fr from '../messages/fr.json';
import { fileSize } from '../../shared/size';
import type { OutItem } from '../src/chat/core/outbox';
import { words } from '../src/chat/i18n';
import { why } from '../src/refused/refused';
import type { Notice } from '../src/shared/types';
import { type Bubble, lineOf, type RowInput, rows } from '../src/chat/rows';
import { contrastOf } from './contrast';
import { parseColor, takesWhite } from '../src/shared/color';
import { readable } from '../src/chat/theme';
import live from '../messages/live.en.json';
import refused from '../messages/refused.en.json';
import { message } from './support';

const t = words({ region: 'en-GB' });
const now = new Date('2026-01-02T12:00:00Z');
const blank: RowInput = { messages: [], notices: [], pending: [], added: [], struggling: false, company: { name: 'Shop', avatar: null }, now };

const pending = (id: string, change: Partial<OutItem> = {}): OutItem => ({
  client_id: id,
  identity: 'me',
  thread: 't1',
  body: id,
  attachments: [],
  before: [],
  created_at: '2026-01-02T11:00:00Z',
  state: 'waiting',
  error: null,
  ...change,
});

const bubbles = (input: Partial<RowInput>) =>
  rows({ ...blank, ...input }, t).filter((row): row is Bubble => row.kind === 'message');

test('a message that has arrived is not shown as pending too, and keeps its key', () => {
  const [before] = bubbles({ pending: [pending('c1')] });
  const after = bubbles({ pending: [pending('c1')], messages: [message('m1', { client_id: 'c1', from: 'visitor' })] });
  expect(after.length).toBe(1);
  expect(after[0]?.key).toBe(before?.key);
});

test('groups by sender, until five minutes pass', () => {
  const at = (minute: string, from: 'agent' | 'visitor') =>
    message(`m${minute}`, { from, sender_name: null, created_at: `2026-01-02T10:${minute}:00Z` });
  const shape = bubbles({ messages: [at('01', 'agent'), at('02', 'agent'), at('09', 'agent'), at('10', 'visitor')] });
  expect(shape.map((b) => [b.first, b.last])).toEqual([
    [true, false],
    [false, true],
    [true, true],
    [true, true],
  ]);
});

test('says the state under the last own message, and under each group still on its way', () => {
  const own = (id: string) => message(id, { from: 'visitor', read: id === 'm1' });
  const shown = bubbles({
    messages: [own('m1'), own('m2')],
    pending: [pending('c1'), pending('c2'), pending('c3', { state: 'failed' })],
  });
  expect(shown.map((b) => (b.showState ? b.state : null))).toEqual([null, 'sent', null, 'sending', 'failed']);
});

test('days are separated', () => {
  const all = rows({ ...blank, messages: [message('m1'), message('m2', { created_at: '2026-01-02T10:00:00Z' })] }, t);
  expect(all.flatMap((row) => (row.kind === 'day' ? row.label : []))).toEqual(['Yesterday', 'Today']);
});

test('added messages stand where they were added', () => {
  const row = { client_id: 'x', body: 'added', agent: true, after: 'm1', created_at: '2026-01-01T10:00:00Z' };
  const shown = bubbles({ messages: [message('m1'), message('m2')], added: [row] });
  expect(shown.map((b) => b.body)).toEqual(['body of m1', 'added', 'body of m2']);
});

test('what is told between messages is told once, also around a row that the page added', () => {
  const added = { client_id: 'x', body: 'added', agent: true, after: 'm1', created_at: '2026-01-01T10:00:00Z' };
  const notices: Notice[] = [
    { id: 'n1', key: 'connection', screenname: 'Nora', after: 1, created_at: '2026-01-01T10:00:00Z' },
    { id: 'n2', key: 'disconnection', screenname: 'Nora', after: 3, created_at: '2026-01-01T10:00:00Z' },
  ];
  const messages = ['m1', 'm2', 'm3'].map((id, i) => message(id, { ordinal: i + 1 }));
  const all = rows({ ...blank, messages, added: [added], notices }, t).filter((row) => row.kind !== 'day');
  expect(all.map((row) => row.key)).toEqual(['m1', 'n1', 'x', 'm2', 'm3', 'n2']);
});

test('a live chat says how it ended', () => {
  const t = words();
  t.learn(live);
  const notices: Notice[] = [{ id: 'n1', key: 'thread_closure', screenname: null, after: null, created_at: '2026-01-01T10:00:00Z' }];
  const said = (cause?: RowInput['cause']) => rows({ ...blank, notices, cause }, t).map((row) => (row.kind === 'note' ? row.label : ''));
  expect(said()).toEqual(['The conversation has ended.']);
  expect(said('visitor_closed')).toEqual(['The conversation has ended. You ended it.']);
  expect(said('intervention_closed')).toEqual(['The conversation has ended. It was closed by our team.']);
  expect(said('intervention_auto_closed')).toEqual(['The conversation has ended. It was closed by itself after a while.']);
  expect(said('disconnection')).toEqual(['The conversation has ended. You were away for a long time.']);
});

test('sizes are written as the language writes them', () => {
  expect(fileSize(10485760, 'en')).toBe('10 MB');
  expect(fileSize(1536, 'fr').replace(/\s/, ' ')).toBe('1,5 ko');
  expect(fileSize(62, 'en')).toBe('62 bytes');
  expect(fileSize(62, 'fr').replace(/\s/, ' ')).toBe('62 octets');
});

test('any brand colour leaves text readable', () => {
  for (let hue = 0; hue < 4096; hue += 7) {
    const color = parseColor(`#${hue.toString(16).padStart(3, '0').replace(/./g, '$&$&')}`);
    expect(contrastOf(color, takesWhite(color) ? [255, 255, 255] : [0, 0, 0])).toBeGreaterThan(4.5);
    for (const surface of [
      [255, 255, 255],
      [238, 240, 244],
      [22, 24, 29],
      [42, 46, 55],
    ]) {
      const on = (surface[0] as number) > 100 ? [238, 240, 244] : [42, 46, 55];
      expect(contrastOf(readable(color, on), surface)).toBeGreaterThan(4.5);
    }
  }
});

const select = { type: 'select' as const, center_items: false, disable_text_input: false, items: [] };

test('quick replies can be given until somebody has said something', () => {
  const structured_content = { ...select, items: [{ title: 'Yes' }] };
  const asked = message('1', { structured_content });
  const open = (input: Partial<RowInput>) =>
    rows({ ...blank, ...input }, t)
      .filter((row): row is Bubble => row.kind === 'message')
      .map((row) => [row.structured?.type, row.open]);
  expect(open({ messages: [asked] })).toEqual([['select', true]]);
  expect(open({ messages: [asked], pending: [pending('c1')] })).toEqual([
    ['select', false],
    [undefined, true],
  ]);
});

test('a structured message without a text is named by its title', () => {
  const card = { title: 'Fern', items: [{ title: 'Buy', type: 'reply' as const }] };
  expect(lineOf(message('1', { body: '', structured_content: { type: 'template', ...card } }))).toBe('Fern');
  expect(lineOf(message('1', { body: '', structured_content: { type: 'carousel', items: [card] } }))).toBe('Fern');
  expect(lineOf(message('1', { body: 'Which?', structured_content: select }))).toBe('Which?');
  expect(lineOf(message('1', { body: '' }))).toBe('');
});

test('a refused message says why, by the reason or the code, and something for those that are newer', () => {
  const french = words({ locale: 'fr', levels: [fr] });
  t.learn(refused);
  expect(t(why('too_long'))).toBe('The message is too long.');
  expect(french(why('thread_closed'))).toBe('Cette conversation est close.');
  expect(t(why('something_new'))).toBe('The message was not accepted.');
});

test('what is told in a live chat stands after its message, and its end at the end', () => {
  const note = (id: string, key: 'connection' | 'waiting_for_agent' | 'thread_closure', after: number | null) => ({
    id,
    key,
    after,
    screenname: key === 'connection' ? 'Nora' : null,
    created_at: '2026-01-02T10:00:00Z',
  });
  const notices = [note('a', 'waiting_for_agent', 1), note('b', 'connection', 1), note('c', 'thread_closure', null)];
  const messages = [message('m1', { from: 'visitor' }), message('m2')];
  const said = words({ region: 'en-GB' });
  said.learn(live);
  const drawn = rows({ ...blank, messages, notices }, said).slice(1);
  const line = (row: (typeof drawn)[number]) => (row.kind === 'message' ? row.id : 'label' in row ? row.label : row.kind);
  expect(drawn.map(line)).toEqual(['m1', 'Waiting for an agent', '\u2068Nora\u2069 is now connected', 'm2', 'The conversation has ended.']);
});

test('an address is asked for behind the first message, and the thanks stand in that place', () => {
  const note = (id: string, key: 'request_email.title' | 'request_email.submitted_title') => ({
    id,
    key,
    after: 1,
    screenname: null,
    created_at: '2026-01-02T10:00:00Z',
  });
  const messages = [message('m1', { from: 'visitor' }), message('m2')];
  const drawn = (notices: ReturnType<typeof note>[]) =>
    rows({ ...blank, messages, notices }, t).slice(1).map((row) => (row.kind === 'ask' ? `${row.key} ${row.given}` : row.key));
  const asked = note('a', 'request_email.title');
  expect(drawn([asked])).toEqual(['m1', 'a false', 'm2']);
  expect(drawn([asked, note('b', 'request_email.submitted_title')])).toEqual(['m1', 'b true', 'm2']);
});
