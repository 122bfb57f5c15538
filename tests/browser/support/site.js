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

/** A page whose head and body end with what is given. */
export function page({ head = '', body = '', html = 'lang="en"', doctype = '<!doctype html>' }) {
  return `${doctype}<html ${html}><head><title>A shop</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">${head}</head>
    <body><main><h1>A shop</h1><p>Everything for the house.</p></main>${body}</body></html>`;
}

export class Site {
  /** Serves one page whose body ends with `code`. Its host name differs from the server's, so cookies do not mix. */
  static async start(code) {
    const site = await Site.serve(() => ({ body: page({ body: site.code, html: `lang="${site.language}"` }) }));
    return Object.assign(site, { code, language: 'en' });
  }

  /**
   * Serves what `answer` gives for an address: a body, and headers beside those of a page.
   *
   * @param {(path: string) => {body: string | Buffer, headers?: Record<string, string>}} answer
   */
  static async serve(answer) {
    const site = new Site();
    site.http = createServer((request, response) => {
      const { body, headers = {} } = answer(request.url);
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers });
      response.end(body);
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
