import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

afterEach(cleanup);

// What jsdom lacks and components ask for.
window.matchMedia = vi.fn((query: string) => ({
  matches: false,
  media: query,
  onchange: null,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  addListener: () => undefined,
  removeListener: () => undefined,
  dispatchEvent: () => false,
}));
window.ResizeObserver = class {
  observe(): void {
    return undefined;
  }
  unobserve(): void {
    return undefined;
  }
  disconnect(): void {
    return undefined;
  }
};
window.PointerEvent = class extends MouseEvent {} as typeof PointerEvent;
Element.prototype.scrollIntoView = () => undefined;
Element.prototype.getAnimations = () => [];
Element.prototype.setPointerCapture = () => undefined;
window.PointerEvent ??= class extends MouseEvent {} as typeof PointerEvent;
