import { defineConfig, type Plugin } from 'vite';

/**
 * A host page without a charset would garble anything but ASCII, so the bundles contain nothing else. What stands in for
 * `light-dark()` in older browsers stands wherever there is a `color-scheme`; the widget has no such colour.
 */
const asciiOnly: Plugin = {
  name: 'ascii-only',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk') continue;
      file.code = file.code.replace(/--lightningcss-(light|dark):[ a-z]*;/g, '').replace(/[^\x00-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
    }
  },
};

/**
 * One IIFE file to a run, chosen by `--mode`: a bundler cannot put several self-contained scripts into one build, and the
 * host page must never fetch a further, shared file.
 */
export default defineConfig(({ mode }) => ({
  // The static page for iframes is copied once, by the first of the runs.
  publicDir: mode === 'loader' ? 'public' : false,
  plugins: [asciiOnly],
  // The loader of a source that has its events counted is the same one, and more.
  define: { __TELLS__: JSON.stringify(mode === 'telling') },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: mode === 'loader',
    modulePreload: false,
    rolldownOptions: {
      input: `src/${mode === 'telling' ? 'loader' : mode}/main.ts`,
      // Numbers that have a name stand where they are used, rather than under it.
      optimization: { inlineConst: { mode: 'all', pass: 3 } },
      output: { format: 'iife', entryFileNames: `${mode}.js`, topLevelVar: false },
    },
  },
  test: { include: ['test/**/*.test.ts'] },
}));
