import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** In development the pages come from Vite, and everything else from a server on its usual port. */
const server = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte()],
  build: {
    // `light-dark()` is what keeps every colour of both themes on one line; older engines would need it rewritten.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // A data: URL would need its own word in the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 300,
  },
  server: {
    // What both front ends share lies beside them.
    fs: { allow: ['.', '../shared'] },
    proxy: {
      '/console': { target: server, ws: true },
      '/1.0': server,
      '/chat': { target: server, ws: true },
    },
  },
});
