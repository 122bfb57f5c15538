/** The lines that a site puts into its pages to show the chat. */
export function chatSnippet(origin: string, token: string): string {
  return [
    '<script>',
    '  (function (page) {',
    "    var chat = page.createElement('script');",
    '    chat.async = true;',
    `    chat.src = '${origin}/chat/${token}/loader.js';`,
    '    page.head.appendChild(chat);',
    '  })(document);',
    '</script>',
  ].join('\n');
}
