// A message written on the phone that the sandbox does not have yet.

import { t } from "../i18n";
import type { Drafts } from "../state/drafts";
import type { PhoneDraft, PhoneOutbox } from "../state/phone-outbox";
import { Pending } from "./Media";

interface Props {
  outbox: PhoneOutbox;
  drafts: Drafts;
  draft: PhoneDraft;
}

export function PhoneUnsent({ outbox, drafts, draft }: Props) {
  const { problem, isWaiting, body, file } = draft;
  const failure = problem?.perhaps ? "message.uncertain" : "message.failed";
  const state = isWaiting ? "message.waits" : problem ? failure : "message.sending";
  const takeBack = () => {
    outbox.remove(draft);
    drafts.putBack(draft.chat, { text: body, file, asDocument: false, quote: undefined });
    requestAnimationFrame(() => document.querySelector<HTMLElement>(".phone-input")?.focus());
  };
  return (
    <article class={`message message-out message-first ${problem ? "message-bad" : ""}`}>
      <div class="bubble">
        {file && <Pending type="document" file={file} />}
        {body && <p class="message-body">{body}</p>}
        <footer class="message-foot">
          <span>{t(state)}</span>
        </footer>
      </div>
      {(isWaiting || problem) && (
        <div class="message-trouble" role="status">
          <span>{isWaiting ? t("advice.waits") : `${problem?.what}. ${problem?.advice}`}</span>
          <div class="actions">
            {problem?.mayRepeat && (
              <button type="button" class="link-button" onClick={() => void outbox.again(draft)}>
                {t("app.retry")}
              </button>
            )}
            <button type="button" class="link-button" onClick={takeBack}>
              {t("message.takeBack")}
            </button>
          </div>
        </div>
      )}
    </article>
  );
}
