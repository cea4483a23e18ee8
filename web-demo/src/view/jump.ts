// Going to a message that is somewhere in a log: it is brought into sight, gets the focus, and is marked for a while.

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

const MARKED_MS = 2000;

export interface Jump {
  /** The message that was jumped to. */
  found: string | undefined;
  to: (message: string) => void;
}

export function useJump(log: RefObject<HTMLElement | null>): Jump {
  const [target, setTarget] = useState<{ message: string } | undefined>(undefined);
  useEffect(() => {
    if (!target) return;
    const element = log.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(target.message)}"]`);
    // At once: on a slow way the log would take itself for being at its end, and stay there.
    element?.scrollIntoView({ block: "center", behavior: "instant" });
    element?.focus({ preventScroll: true });
    const timer = setTimeout(() => setTarget(undefined), MARKED_MS);
    return () => clearTimeout(timer);
  }, [target]);
  return { found: target?.message, to: (message) => setTarget({ message }) };
}
