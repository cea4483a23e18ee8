// Leaving forgets the key and all texts; whoever has some that are not sent is asked first.

import { useState } from "preact/hooks";
import { plural, t } from "../i18n";
import { gateway, inbox, leave } from "../state/account";
import { Dialog } from "./Dialog";
import { Leave as LeaveIcon } from "./icons";

export function Leave() {
  const [isAsking, setAsking] = useState(false);
  if (!gateway.value) return null;
  const unsent = inbox.value?.messages.unsent().length ?? 0;
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label={t("app.disconnect")}
        title={t("app.disconnect")}
        onClick={() => (unsent > 0 ? setAsking(true) : leave())}
      >
        <LeaveIcon />
      </button>
      {isAsking && (
        <Dialog title={t("leave.title")} onClose={() => setAsking(false)}>
          <p>{`${plural("outbox.stuck", unsent)}. ${t("leave.text")}`}</p>
          <div class="actions actions-end">
            <button type="button" class="button button-quiet" onClick={() => setAsking(false)}>
              {t("app.cancel")}
            </button>
            <button type="button" class="button button-danger" onClick={leave}>
              {t("leave.submit")}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
