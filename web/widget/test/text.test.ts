// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { renderHtml } from '../src/cards/html';
import { renderText, safeHref } from '../src/chat/core/text';

function html(body: string, source: string | null): string {
  const box = document.createElement('div');
  box.append(renderHtml(source, undefined) ?? renderText(body));
  return box.innerHTML;
}

const REL = 'target="_blank" rel="noopener noreferrer nofollow"';

test('keeps the allowed elements and none of their attributes', () => {
  const source =
    '<p class="a" onclick="x()">a <b style="color:red">b</b><br><em>e</em></p><ul><li>1</li></ul><pre><code>c</code></pre>';
  expect(html('', source)).toBe(
    '<p dir="auto">a <b>b</b><br><em>e</em></p><ul><li dir="auto">1</li></ul><pre dir="auto"><code>c</code></pre>',
  );
});

test.each([
  ['<script>alert(1)</script>ok', 'ok'],
  ['<img src=x onerror=alert(1)>ok', 'ok'],
  ['<svg><a xlink:href="javascript:alert(1)">x</a></svg>ok', 'ok'],
  ['<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>ok', 'ok'],
  ['<iframe srcdoc="<script>alert(1)</script>"></iframe>ok', 'ok'],
  ['<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>ok', /ok/],
  ['<form><button formaction="javascript:alert(1)">b</button></form>', 'b'],
  ['<a href="javascript:alert(1)">x</a>', 'x'],
  ['<a href=" jav&#x09;ascript:alert(1)">x</a>', 'x'],
  ['<a href="data:text/html,x">x</a>', 'x'],
  ['<a href="//host/path">x</a>', 'x'],
  ['<h1>big</h1><table><tr><td>cell</td></tr></table>', 'bigcell'],
])('drops what is not allowed: %s', (source, expected) => {
  const result = html('', source);
  expect(result).not.toMatch(/on\w+=|javascript:|<script|<img|<svg|<iframe/i);
  expect(result).toMatch(expected);
});

test('links lead out of the page', () => {
  expect(html('', '<a href="https://a.example/x" target="_self">x</a>')).toBe(
    `<a href="https://a.example/x" ${REL}>x</a>`,
  );
});

test('survives nesting that nobody would write', () => {
  expect(() => html('', '<blockquote>'.repeat(500))).not.toThrow();
});

test('plain text stays text', () => {
  expect(html('<b>not bold</b>', null)).toBe('&lt;b&gt;not bold&lt;/b&gt;');
});

test('addresses in plain text are links', () => {
  expect(html('See https://a.example/b.', null)).toBe(
    `See <a href="https://a.example/b" ${REL}>https://a.example/b</a>.`,
  );
});

test('only pages and mailboxes are safe to link', () => {
  expect(safeHref('https://a.example/')).toBe('https://a.example/');
  expect(safeHref('mailto:a@b.example')).toBe('mailto:a@b.example');
  expect(safeHref('tel:+33612345678')).toBe('tel:+33612345678');
  for (const bad of ['javascript:1', 'data:x', 'blob:x', '/path', '', null]) expect(safeHref(bad)).toBeNull();
});
