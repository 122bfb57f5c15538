import { expect, test } from 'vitest';
import { linkify } from '../../shared/links';

const links = (text: string) => linkify(text).flatMap(({ text, href }) => (href ? [[text, href]] : []));
const hrefs = (text: string) => links(text).map(([, href]) => href);

test('finds web and mail addresses', () => {
  expect(links('See https://a.example/x?y=1, www.b.example or me@c.example.')).toEqual([
    ['https://a.example/x?y=1', 'https://a.example/x?y=1'],
    ['www.b.example', 'https://www.b.example'],
    ['me@c.example', 'mailto:me@c.example'],
  ]);
  expect(hrefs('write to nora.l+x@shop.example!')).toEqual(['mailto:nora.l+x@shop.example']);
});

test('leaves out what ends a sentence or stands around', () => {
  expect(hrefs('See https://a.example/b?c=1, or (https://d.example/e).')).toEqual([
    'https://a.example/b?c=1',
    'https://d.example/e',
  ]);
  expect(hrefs('(https://a.example) https://b.example/x_(y) [https://c.example/d[1]]')).toEqual([
    'https://a.example',
    'https://b.example/x_(y)',
    'https://c.example/d[1]',
  ]);
  expect(hrefs('**https://a.example/b** "https://c.example" https://d.example…')).toEqual([
    'https://a.example/b',
    'https://c.example',
    'https://d.example',
  ]);
});

test('ends where the text of another script goes on', () => {
  expect(hrefs('请看（https://example.com/b）谢谢')).toEqual(['https://example.com/b']);
  expect(hrefs('https://example.com/a。谢谢')).toEqual(['https://example.com/a']);
  expect(hrefs('「https://example.com/a」、https://example.com/b！')).toEqual([
    'https://example.com/a',
    'https://example.com/b',
  ]);
  expect(hrefs('联系me@example.com谢谢')).toEqual(['mailto:me@example.com']);
  expect(hrefs('https://example.com/a\u200e \u2067https://example.com/b\u2069')).toEqual([
    'https://example.com/a',
    'https://example.com/b',
  ]);
});

test('keeps letters of every script within an address', () => {
  const fa = 'https://fa.wikipedia.example/wiki/می\u200cخواهم';
  expect(hrefs(`https://ja.example/wiki/東京 ${fa} https://en.example/Foo\u2013Bar`)).toEqual([
    'https://ja.example/wiki/東京',
    fa,
    'https://en.example/Foo\u2013Bar',
  ]);
});

test('takes nothing else for a link', () => {
  for (const text of ['javascript:alert(1)', 'ftp://x', 'https://', 'www.', 'www.a', 'xhttps://a.example', '@', 'a@b', '1@2.3'])
    expect([text, links(text)]).toEqual([text, []]);
});

test('loses no character, whatever the text', () => {
  const parts = ['https://', 'www.', 'a', '.', '@', '/', ' ', ')', '(', '。', '谢', '\ud83d', '😀', '-', '<', "'"];
  let seed = 7;
  const next = (limit: number) => (seed = (seed * 48271) % 0x7fffffff) % limit;
  for (let n = 0; n < 3000; n++) {
    const text = Array.from({ length: next(14) }, () => parts[next(parts.length)]).join('');
    const pieces = linkify(text);
    expect(pieces.map((piece) => piece.text).join('')).toBe(text);
    expect(pieces.every((piece) => piece.text)).toBe(true);
  }
});

test.each(['a.', 'a@', 'www.', 'www./', 'http://', 'http://<', 'https://a)', '@a.', 'a-', '。https://'])(
  'looks through a long text of %s in time that grows with it',
  (part) => {
    const seconds = (times: number) => {
      const text = part.repeat(times);
      const began = performance.now();
      linkify(text);
      return performance.now() - began;
    };
    seconds(2_000);
    // Four times the text; the square of that would be sixteen times the time.
    expect(seconds(80_000)).toBeLessThan(10 * seconds(20_000) + 50);
  },
);
