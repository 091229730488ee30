// Lints, and the zones of the house: ui/components and ui/lib know no feature,
// pages see a feature through its one door, and only features/ml/api touches
// the generated bindings or Tauri.
import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import globals from "globals";
import tseslint from "typescript-eslint";

const tauri = { group: ["@tauri-apps/*"], message: "Only features/ml/api talks to Tauri." };
const bindings = { group: ["**/bindings"], message: "Only features/ml/api imports the generated bindings." };
const feature = { group: ["@ml", "@ml/*", "**/features/**"], message: "ui/components and ui/lib know nothing of a feature." };
const insideFeature = { regex: "^@ml/|features/ml/", message: "A feature is entered by its index only: import from @ml." };
const app = { group: ["@ui/app/*", "**/ui/app/**"], message: "Pages compose; nothing imports them." };
const api = {
  regex: "^(\\.\\./)+api(/|$)",
  message: "Views go through hooks and orchestrators; types come from ../types.",
};

const zone = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { "no-restricted-imports": ["error", { patterns }] },
});

export default defineConfig(
  { ignores: ["dist", "target", "node_modules", "src-tauri", "bench-results", "features/ml/api/bindings.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  reactHooks.configs.flat.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "no-console": "error",
      eqeqeq: "error",
      // Speaks to the React compiler, which is not used here.
      "react-hooks/incompatible-library": "off",
    },
  },
  { files: ["xtask/**", "tests/**"], rules: { "no-console": "off" } },
  zone(["ui/components/**", "ui/lib/**"], [tauri, bindings, feature, app]),
  zone(["ui/app/**", "ui/main.tsx"], [tauri, bindings, insideFeature]),
  zone(["features/ml/**"], [tauri, bindings, app], ["features/ml/api/**", "features/ml/views/**"]),
  zone(["features/ml/views/**"], [tauri, bindings, app, api], ["**/*.test.tsx"]),
  zone(["features/ml/api/**"], [app]),
);
