/** Pages that do not care about the chat that they hold, by what they do to it. */
const script = (body) => `<script nonce="abc">${body}</script>`;
const style = (body) => ({ head: `<style>${body}</style>` });

/** What a page may be, or do, with the chat of the server at this address. */
export const HAZARDS = {
  'a strict policy with a nonce, and Trusted Types': (server) => ({
    headers: {
      'content-security-policy':
        `default-src 'none'; base-uri 'none'; script-src 'nonce-abc'; require-trusted-types-for 'script'; trusted-types hubbub; ` +
        `connect-src ${server} ${server.replace('http', 'ws')}; img-src ${server} blob:`,
    },
  }),
  'prototypes with more in them': () => ({
    head: script(`
      for (const one of [Object, Array, String, Function, Number, Promise, Element, Node, Map, Event])
        one.prototype.theirs = one.prototype.each = function () { return this };
      Array.prototype.toJSON = function () { return 'a list' };
      Object.prototype.toJSON = function () { return 'an object' };`),
  }),
  'frozen globals': () => ({
    head: script(`
      for (const one of [Object, String, Function, Number, Promise, Map, Set, RegExp, Date, Error, JSON, Math, Reflect])
        Object.freeze(one.prototype || one), Object.freeze(one);`),
  }),
  'rules that take all style away': () => style('* { all: unset !important } div, section, button { visibility: hidden; opacity: .1 }'),
  'a root of one pixel, and large text': () => style('html { font-size: 1px !important } body { font-size: 60px; line-height: 4 }'),
  'from the right to the left': () => ({ html: 'lang="fr" dir="rtl"' }),
  'no doctype': () => ({ doctype: '' }),
  'a loader of modules': () => ({
    head: script(`
      window.defined = 0;
      window.define = Object.assign(function () { defined++ }, { amd: {} });
      window.module = { exports: {} }; window.exports = module.exports; window.require = function () { throw new Error('no') };`),
  }),
  'a translator': () => ({
    head: script(`
      var done = new WeakSet();
      function translate(root) {
        if (root.nodeType === 3 && root.data.trim() && !done.has(root)) {
          var font = document.createElement('font'), inner = font.appendChild(document.createElement('font'));
          done.add(inner.appendChild(document.createTextNode(root.data)));
          return root.replaceWith(font);
        }
        if (/^(SCRIPT|STYLE|TEXTAREA)$/.test(root.tagName)) return;
        if (root.shadowRoot) translate(root.shadowRoot);
        [].slice.call(root.childNodes).forEach(translate);
      }
      setInterval(function () { translate(document.documentElement) }, 30);`),
  }),
};
