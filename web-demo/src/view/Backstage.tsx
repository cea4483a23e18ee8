// Behind the scenes: what the page asks of the SDK, and faults to see what the SDK makes of them.

import { t } from "../i18n";
import { faults, gateway, inbox } from "../state/account";
import { type Backstage as View, backstage, closeBackstage, showBackstage } from "../state/layout";
import { CallList } from "./CallList";
import { Faults } from "./Faults";
import { focusBackstageButton } from "./focus";
import { Close } from "./icons";

export function Backstage() {
  const view = backstage.value;
  const calls = gateway.value?.calls;
  if (!view || !calls) return null;
  const shown = faults.value ? view : "calls";
  return (
    <section class="backstage" aria-label={t("backstage.title")}>
      <header class="backstage-head">
        <h2 class="visually-hidden">{t("backstage.title")}</h2>
        <div class="backstage-views" role="group" aria-label={t("backstage.views")}>
          <Choice view="calls" shown={shown} />
          {faults.value && <Choice view="faults" shown={shown} />}
        </div>
        {shown === "calls" && (
          <button type="button" class="text-button" onClick={() => calls.clear()}>
            {t("calls.clear")}
          </button>
        )}
        <button
          type="button"
          class="icon-button only-wide"
          aria-label={t("backstage.close")}
          onClick={() => {
            closeBackstage();
            focusBackstageButton();
          }}
        >
          <Close />
        </button>
      </header>
      {shown === "faults" && faults.value ? (
        <Faults faults={faults.value} calls={calls} box={inbox.value} />
      ) : (
        <CallList calls={calls} />
      )}
    </section>
  );
}

function Choice({ view, shown }: { view: View; shown: View }) {
  return (
    <button type="button" class="backstage-view" aria-pressed={view === shown} onClick={() => showBackstage(view)}>
      {t(`backstage.${view}`)}
    </button>
  );
}
