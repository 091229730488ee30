/**
 * Numbers and times as text. A missing number (JSON has no NaN, so the core
 * sends null for it) is an en dash, never an invented zero.
 */

export type MaybeNumber = number | null | undefined;

export const MISSING = "–";

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

function isThere(value: MaybeNumber): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** A proper minus sign, as wide as a plus. */
function withMinus(text: string): string {
  return text.replace(/^-/, "−");
}

/** 12,345 */
export function formatCount(value: MaybeNumber): string {
  return isThere(value) ? withMinus(grouped.format(value)) : MISSING;
}

/** "1 row", "2 rows" */
export function formatCounted(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}

/** Decimal units, as file managers show them: 512 B, 48.5 kB, 2.57 MB. */
export function formatBytes(value: MaybeNumber): string {
  if (!isThere(value)) return MISSING;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let amount = value;
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? amount.toFixed(0) : toSignificant(amount, 3)} ${units[unit] ?? ""}`;
}

/** 84 ms, 1.24 s, 12.3 s, 2 min 05 s, 1 h 04 min */
export function formatSeconds(value: MaybeNumber): string {
  if (!isThere(value)) return MISSING;
  if (value < 0.9995) return `${(value * 1000).toFixed(0)} ms`;
  if (value < 9.995) return `${value.toFixed(2)} s`;
  if (value < 59.95) return `${value.toFixed(1)} s`;
  const seconds = Math.round(value);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** 14.3 µs, 1.24 ms, 2.05 s; of a time in microseconds. */
export function formatMicros(value: MaybeNumber): string {
  if (!isThere(value)) return MISSING;
  if (value < 999.5) return `${toSignificant(value, 3)} µs`;
  if (value < 999_500) return `${toSignificant(value / 1000, 3)} ms`;
  return formatSeconds(value / 1e6);
}

/** 14.3 / 25.9 µs: two times in the unit of the larger one, in microseconds. */
export function formatMicrosPair(first: MaybeNumber, second: MaybeNumber): string {
  if (!isThere(first) || !isThere(second)) return MISSING;
  const inMillis = Math.max(first, second) >= 999.5;
  const texts = [first, second].map((value) => toSignificant(inMillis ? value / 1000 : value, 3));
  return `${texts.join(" / ")} ${inMillis ? "ms" : "µs"}`;
}

/** Time left, no finer than can be known: "a moment", "12 s", "3 min". */
export function formatTimeLeft(seconds: number): string {
  if (seconds < 1.5) return "a moment";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

function toSignificant(value: number, digits: number): string {
  // Of the rounded value: 999.9 to three digits is 1000.
  const rounded = Math.abs(Number(value.toPrecision(digits)));
  const magnitude = rounded === 0 ? 0 : Math.floor(Math.log10(rounded));
  return value.toFixed(Math.min(20, Math.max(0, digits - 1 - magnitude)));
}

/** So many significant digits; an exponent only where the plain form would be unreadable. */
export function formatSignificant(value: MaybeNumber, digits = 4): string {
  if (!isThere(value)) return MISSING;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return withMinus(value.toExponential(digits - 1));
  if (size >= 1e4) return formatCount(value);
  return withMinus(toSignificant(value, digits));
}

/** A share of `n` cases: one digit finer than one case, at most four, at least two. */
export function shareDigits(n: number | null | undefined): number {
  return n === null || n === undefined || n < 1 ? 4 : Math.min(4, Math.max(2, Math.ceil(Math.log10(n)) + 1));
}

/** 0.985 */
export function formatFixed(value: MaybeNumber, digits: number): string {
  if (!isThere(value)) return MISSING;
  const text = value.toFixed(digits);
  // Rounded to nothing, it has no sign.
  return withMinus(Number(text) === 0 ? text.replace("-", "") : text);
}

/** A share as percent: 12.3 %; what is not nothing never reads as 0 %, and what is not all never as 100 %. */
export function formatPercent(share: MaybeNumber): string {
  if (!isThere(share)) return MISSING;
  if (share > 0 && share < 0.001) return "< 0.1 %";
  if (share < 1 && share > 0.999) return "> 99.9 %";
  const text = (share * 100).toFixed(1).replace(/\.0$/, "");
  return `${withMinus(text)} %`;
}

/** With its sign: +0.012, −3.4; a difference too small to show is ±0. */
export function withSign(text: string): string {
  if (text === MISSING) return text;
  if (!/[1-9]/.test(text)) return "±0";
  return text.startsWith("−") ? text : `+${text}`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

/** Today's by the clock, others with the day. */
export function formatMoment(millis: MaybeNumber, now: number): string {
  if (!isThere(millis)) return MISSING;
  const then = new Date(millis);
  const time = clock.format(then);
  return then.toDateString() === new Date(now).toDateString() ? `today ${time}` : `${day.format(then)}, ${time}`;
}

/** A setting as it would be typed: no exponent, no grouping. */
export function formatPlain(value: MaybeNumber): string {
  if (!isThere(value)) return "";
  const text = String(value);
  if (!text.includes("e")) return text;
  return value.toFixed(20).replace(/\.?0+$/, "");
}
