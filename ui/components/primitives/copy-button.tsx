import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "./button";

/** Puts `text` on the clipboard and says so for two seconds. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState<"copied" | "refused" | null>(null);
  useEffect(() => {
    if (outcome === null) return undefined;
    const timer = setTimeout(() => {
      setOutcome(null);
    }, 2000);
    return () => {
      clearTimeout(timer);
    };
  }, [outcome]);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => {
        setOutcome("copied");
      },
      () => {
        setOutcome("refused");
      },
    );
  };
  const said = outcome === "copied" ? "Copied" : outcome === "refused" ? "Select and copy it by hand" : "Copy";
  return (
    <Button aria-label={outcome === null ? label : said} onClick={copy}>
      {outcome === "copied" ? <Check size={12} aria-hidden /> : <Copy size={12} aria-hidden />}
      <span aria-live="polite">{said}</span>
    </Button>
  );
}
