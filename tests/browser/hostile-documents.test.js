/** Pages that take their own content away from under the chat: it is there again, open if it was, with its draft. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWhole } from './support/browser.js';
import { HostileSite, says } from './support/hostile.js';
import { until } from './support/until.js';

let world;

before(async () => {
  world = await HostileSite.start();
});

after(() => world?.stop());

/** Opens the chat, says something and begins to write the next. */
async function draft(visitor) {
  await visitor.page.getByTestId('launcher').click();
  await says(visitor, 'First');
  await visitor.page.keyboard.type('Half a sen');
}

async function assertStill(visitor) {
  await visitor.sees('First');
  const composer = visitor.page.getByTestId('composer');
  await until(async () => (await composer.inputValue()) === 'Half a sen', 'the draft is there');
  assert.equal(await visitor.page.getByTestId('launcher').count(), 1);
  await says(visitor, 'tence.');
  await visitor.sees('Half a sentence.');
  assertWhole(visitor.page);
}

const CHANGES = {
  'another body': () => {
    document.body = Object.assign(document.createElement('body'), { innerHTML: '<h1>Next</h1>' });
  },
  'another content of the body': () => {
    document.body.innerHTML = '<h1>Next</h1>';
  },
  'another content of the root': () => {
    document.documentElement.innerHTML = '<head><title>Next</title></head><body><h1>Next</h1></body>';
  },
  'another root': () => {
    const next = new DOMParser().parseFromString('<title>Next</title><h1>Next</h1>', 'text/html');
    document.replaceChild(document.adoptNode(next.documentElement), document.documentElement);
  },
  'a document that is written anew': () => {
    document.open();
    document.write('<!doctype html><title>Next</title><h1>Next</h1>');
    document.close();
  },
  'a document that is written anew, later': async () => {
    document.open();
    await new Promise((done) => setTimeout(done, 80));
    document.write('<!doctype html><title>Next</title><body><h1>Next</h1>');
    document.close();
  },
  'something that clears away what it does not know': () => {
    for (const one of [...document.documentElement.children]) if (!/^(HEAD|BODY)$/.test(one.tagName)) one.remove();
  },
};

for (const [name, change] of Object.entries(CHANGES)) {
  test(`it comes back after ${name}`, { timeout: 60_000 }, async () => {
    const visitor = await world.visit();
    await draft(visitor);
    await visitor.page.evaluate(change);
    await assertStill(visitor);
    await visitor.closeChat();
    await visitor.page.evaluate(change);
    await visitor.page.getByTestId('launcher').waitFor();
    assert.equal(await visitor.page.getByTestId('panel').isVisible(), false, 'closed, as it was');
    assertWhole(visitor.page);
  });
}

test('it comes back after a visit by Turbo, and back', { timeout: 60_000 }, async () => {
  const head = '<script src="/turbo.js"></script>';
  const next = world.add({ head, body: '<h2>The second page</h2>' });
  const visitor = await world.visit({ head });
  await draft(visitor);
  await visitor.page.evaluate((url) => window.Turbo.visit(url), next);
  await visitor.page.getByRole('heading', { name: 'The second page' }).waitFor();
  await assertStill(visitor);
  await visitor.page.goBack();
  await visitor.page.getByRole('heading', { name: 'The second page' }).waitFor({ state: 'detached' });
  await visitor.sees('Half a sentence.');
  assert.equal(await visitor.page.getByTestId('launcher').count(), 1);
  assertWhole(visitor.page);
});

test('a page that is another one without loading is told with the next message', { timeout: 60_000 }, async () => {
  const visitor = await world.visit();
  await draft(visitor);
  await visitor.page.evaluate(() => {
    history.pushState({}, '', '/orders/7');
    document.title = 'Order 7';
  });
  await assertStill(visitor);
  const threads = await world.server.api('GET', '/console/threads?view=new&limit=1');
  const shown = () => world.server.api('GET', `/console/threads/${threads.records[0].id}`);
  await until(async () => JSON.stringify(await shown()).includes('/orders/7'), 'the agent sees the page');
});

test('a page that takes it out each time stays alive', { timeout: 60_000 }, async () => {
  const visitor = await world.visit();
  await visitor.page.getByTestId('launcher').waitFor();
  const taken = await visitor.page.evaluate(async () => {
    let count = 0;
    const root = document.documentElement;
    const known = new Set(root.children);
    const clear = () => {
      for (const one of [...root.children]) if (!known.has(one) || one.shadowRoot) (one.remove(), count++);
    };
    const observer = new MutationObserver(clear);
    observer.observe(root, { childList: true });
    clear();
    await new Promise((done) => setTimeout(done, 500));
    observer.disconnect();
    return count;
  });
  assert.ok(taken > 1 && taken < 30, `taken out ${taken} times`);
  await visitor.page.getByTestId('launcher').waitFor();
  assertWhole(visitor.page);
});

test('in an element of the page it follows that element', { timeout: 60_000 }, async () => {
  const embed = '<script>_chatq = [["_setConfiguration", { embedded: true, parentNodeId: "help" }]]</script>';
  const visitor = await world.visit({ body: `${embed}<div id="place"></div>` });
  const put = () =>
    visitor.page.evaluate(() => {
      document.getElementById('place').innerHTML = '<section><div id="help" style="height:500px"></div></section>';
    });
  // A page drawn by a script has no such element at first.
  await until(() => visitor.page.evaluate(() => !!window.__hubbub), 'the loader has run');
  await put();
  await visitor.sees('Welcome!');
  await says(visitor, 'First');
  await visitor.page.keyboard.type('Half a sen');
  await put();
  await visitor.sees('First');
  assert.equal(await visitor.page.getByTestId('composer').inputValue(), 'Half a sen');
  await visitor.page.evaluate(() => document.getElementById('place').replaceChildren());
  await visitor.page.getByTestId('panel').waitFor({ state: 'detached' });
  await put();
  await says(visitor, 'tence.');
  await visitor.sees('Half a sentence.');
  assertWhole(visitor.page);
});
