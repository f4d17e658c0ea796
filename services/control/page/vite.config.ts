/**
 * Bundles the page into static files served by control. Their paths are absolute, as control serves them at its root.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

// biome-ignore lint/style/noDefaultExport: vite loads its configuration by the default export
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("../../../dist/services/control/page", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
