// Something that went wrong, with what to do.

import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import type { Problem as ProblemText } from "../problem";
import { Close, Warning } from "./icons";

interface Props {
  problem: ProblemText | undefined;
  onClose?: () => void;
  /** Buttons. */
  children?: ComponentChildren;
}

export function Problem({ problem, onClose, children }: Props) {
  if (!problem) return null;
  return (
    <div class="problem" role="alert">
      <Warning />
      <div class="problem-text">
        <strong>{problem.what}</strong>
        {problem.service && <p class="problem-service">{t("problem.says", { text: problem.service })}</p>}
        <p class="problem-advice">{problem.advice}</p>
        {children && <div class="actions">{children}</div>}
      </div>
      {onClose && (
        <button type="button" class="icon-button" aria-label={t("app.close")} onClick={onClose}>
          <Close />
        </button>
      )}
    </div>
  );
}
