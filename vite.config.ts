// Builds the window's files from ui/ into dist/, which the app embeds.
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("ui"),
  plugins: [react(), tailwindcss()],
  resolve: {
    alias: { "@ui": here("ui"), "@ml": here("features/ml/index.ts") },
  },
  clearScreen: false,
  server: {
    port: 1420,
    strictPort: true,
    fs: { allow: [here(".")] },
    watch: { ignored: ["**/src-tauri/**", "**/target/**"] },
  },
  build: {
    outDir: here("dist"),
    emptyOutDir: true,
    // WebKitGTK and macOS 13's WebKit are the oldest engines that show it.
    target: ["es2022", "safari16.4"],
    // The charts' chunk is large by nature and loaded only when one is shown.
    chunkSizeWarningLimit: 700,
  },
});
