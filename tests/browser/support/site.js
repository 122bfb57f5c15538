/** A shop's own site, on an origin of its own, with the chat on its page. */
import { createServer } from 'node:http';
import { once } from 'node:events';

/** The lines that the console gives to copy, for a chat at `origin`. */
export function snippet(origin, token) {
  return `<script>
  (function (page) {
    var chat = page.createElement('script');
    chat.async = true;
    chat.src = '${origin}/chat/${token}/loader.js';
    page.head.appendChild(chat);
  })(document);
</script>`;
}

export class Site {
  /** Serves one page whose body ends with `code`. Its host name differs from the server's, so cookies do not mix. */
  static async start(code) {
    const site = new Site();
    site.code = code;
    site.language = 'en';
    site.http = createServer((_, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(`<!doctype html><html lang="${site.language}"><head><title>A shop</title>
        <meta name="viewport" content="width=device-width, initial-scale=1"></head>
        <body><main><h1>A shop</h1><p>Everything for the house.</p></main>${site.code}</body></html>`);
    }).listen(0, 'localhost');
    await once(site.http, 'listening');
    site.url = `http://localhost:${site.http.address().port}/`;
    return site;
  }

  async stop() {
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, 'close');
  }
}
