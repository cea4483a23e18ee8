// The messenger of one session: its chats beside the open conversation.

import { useState } from "preact/hooks";
import { t } from "../i18n";
import { closeSession, inbox, linkAgain, refresh } from "../state/account";
import type { Inbox } from "../state/inbox";
import { useAction } from "./action";
import { Chats } from "./Chats";
import { ConnectionBanner, ConnectionWord, Dot } from "./Connection";
import { Conversation } from "./Conversation";
import { Dialog } from "./Dialog";
import { ChevronDown } from "./icons";
import { Outbox } from "./Outbox";
import { Problem } from "./Problem";
import { Sessions } from "./Sessions";

export function Messenger() {
  const box = inbox.value;
  if (!box) return null;
  return (
    <div class="messenger" data-open={box.openChat.value ? "conversation" : "chats"}>
      <a class="skip" href="#conversation">
        {t("app.skip")}
      </a>
      <div class="sidebar">
        <SessionSwitch box={box} />
        <Chats box={box} />
        <Outbox box={box} />
      </div>
      <div class="content" id="conversation" tabIndex={-1}>
        <Troubles box={box} />
        <Conversation key={box.openChat.value} box={box} />
      </div>
    </div>
  );
}

function SessionSwitch({ box }: { box: Inbox }) {
  const [isOpen, setOpen] = useState(false);
  const session = box.session.value;
  return (
    <>
      <button
        type="button"
        class="session-switch"
        aria-haspopup="dialog"
        onClick={() => {
          // An old list is better than none; the dialog has a button to refresh it.
          refresh().catch(() => {});
          setOpen(true);
        }}
      >
        <span class="visually-hidden">{t("sessions.switch")} </span>
        <Dot box={box} />
        <span class="session-name">
          <strong>{session.name}</strong>
          <span class="muted">{session.wid ? `+${session.wid.split("@")[0]}` : session.unique_id}</span>
        </span>
        <ConnectionWord box={box} />
        <ChevronDown />
      </button>
      {isOpen && (
        <Dialog title={t("sessions.title")} onClose={() => setOpen(false)}>
          <Sessions onOpened={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  );
}

/** What is wrong with the session as a whole. */
function Troubles({ box }: { box: Inbox }) {
  const again = useAction(() => linkAgain(box.session.value));
  return (
    <div class="troubles">
      {box.gone.value && (
        <Problem problem={again.problem ?? box.gone.value}>
          <button type="button" class="button" disabled={again.isRunning} onClick={() => void again.run()}>
            {t("link.again")}
          </button>
          <button type="button" class="button button-quiet" onClick={() => leaveTo(closeSession)}>
            {t("sessions.title")}
          </button>
        </Problem>
      )}
      <ConnectionBanner box={box} />
      <Problem problem={box.problem.value} onClose={() => (box.problem.value = undefined)} />
    </div>
  );
}

function leaveTo(close: () => void): void {
  close();
  refresh().catch(() => {});
}
