// What could not be sent, of all chats, and what to do about it.

import { useState } from "preact/hooks";
import { plural, t } from "../i18n";
import type { Entry } from "../state/entry";
import type { Inbox } from "../state/inbox";
import { nameOf } from "./Chats";
import { Dialog } from "./Dialog";
import { focusComposer } from "./focus";
import { Outbox as OutboxIcon } from "./icons";
import { summary } from "./Media";

export function Outbox({ box }: { box: Inbox }) {
  const [isOpen, setOpen] = useState(false);
  const stuck = box.outbox.stuck();
  if (stuck.length === 0 && !isOpen) return null;
  const mayRepeat = stuck.some((entry) => entry.problem?.mayRepeat);
  return (
    <>
      <button type="button" class="outbox-open" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <OutboxIcon />
        {plural("outbox.stuck", stuck.length)}
      </button>
      {isOpen && (
        <Dialog title={t("outbox.title")} onClose={() => setOpen(false)}>
          <p class="muted">{t(stuck.length > 0 ? "outbox.text" : "outbox.empty")}</p>
          <ul class="outbox-list">
            {stuck.map((entry) => (
              <Row key={entry.key} box={box} entry={entry} onClose={() => setOpen(false)} />
            ))}
          </ul>
          {mayRepeat && (
            <div class="actions actions-end">
              <button type="button" class="button" onClick={() => box.outbox.sendAllAgain()}>
                {t("outbox.all")}
              </button>
            </div>
          )}
        </Dialog>
      )}
    </>
  );
}

function Row({ box, entry, onClose }: { box: Inbox; entry: Entry; onClose: () => void }) {
  const chat = box.chat(entry.chat);
  const state = entry.isWaiting ? "message.waits" : entry.problem?.perhaps ? "message.uncertain" : "message.failed";
  return (
    <li class="outbox-row">
      <span class="outbox-text">
        <strong>{chat ? nameOf(chat) : entry.chat}</strong>
        <span class={entry.isWaiting ? "message-state-waits" : "message-state-bad"}>{t(state)}</span>
        <span>{summary(entry)}</span>
        {entry.problem && <small class="muted">{`${entry.problem.what}. ${entry.problem.advice}`}</small>}
      </span>
      <div class="actions">
        {entry.problem?.mayRepeat && (
          <button type="button" class="link-button" onClick={() => void box.outbox.sendAgain(entry)}>
            {t("app.retry")}
          </button>
        )}
        <button
          type="button"
          class="link-button"
          onClick={() => {
            box.open(entry.chat);
            onClose();
            focusComposer();
          }}
        >
          {t("outbox.show")}
        </button>
      </div>
    </li>
  );
}
