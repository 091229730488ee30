/** A text in which what was sought is marked. */

/** The text in parts, every second of them a match; case does not count. */
export function partsAround(text: string, sought: string): string[] {
  const [low, wanted] = [text.toLowerCase(), sought.toLowerCase()];
  if (wanted === "" || !low.includes(wanted)) return [text];
  // A few letters change their length with their case; places would not fit then.
  if (low.length !== text.length) return ["", text, ""];
  const parts: string[] = [];
  let from = 0;
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + wanted.length));
    from = at + wanted.length;
  }
  parts.push(text.slice(from));
  return parts;
}

export function MarkedText({ text, sought }: { text: string; sought: string | null }) {
  if (sought === null) return text;
  return partsAround(text, sought).map((part, index) =>
    index % 2 === 0 ? part : (
      <mark key={index} className="rounded-sm bg-caution-wash text-ink outline-1 outline-caution">
        {part}
      </mark>
    ),
  );
}
