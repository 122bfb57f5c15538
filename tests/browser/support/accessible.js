import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';

/** Both schemes are as good for whoever reads by a program. */
export async function accessible(page) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Colours that are on their way to the other scheme are those of neither.
    await page.evaluate(async () => {
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      const moving = document.getAnimations().filter((one) => one instanceof CSSTransition);
      await Promise.all(moving.map((one) => one.finished.catch(() => {})));
    });
    const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary])]), [], colorScheme);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}
