// Copies a text, and says that it did.

import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import { Check, Copy } from "./icons";

const SAID_MS = 2000;

export function CopyButton({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState<"copy.done" | "copy.failed" | undefined>(undefined);
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(undefined), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <button
      type="button"
      class="copy"
      aria-label={t("copy.what", { what })}
      onClick={() => {
        // Without a clipboard, as on pages that are not safe, the text can still be marked by hand.
        const copied = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
        copied.then(
          () => setSaid("copy.done"),
          () => setSaid("copy.failed"),
        );
      }}
    >
      {said === "copy.done" ? <Check /> : <Copy />}
      <span role="status">{said ? t(said) : ""}</span>
    </button>
  );
}
