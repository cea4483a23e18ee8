// The first screen: one click for the sandbox that serves the page, and a form for every other gateway.

import { useEffect, useState } from "preact/hooks";
import type { Account } from "../gateway";
import { t } from "../i18n";
import { connect, offered, start } from "../state/account";
import { useAction } from "./action";
import { Lock, Logo, Ticks } from "./icons";
import { Problem } from "./Problem";

export function Connect() {
  const offer = offered.value;
  const [isForm, setForm] = useState(!offer);
  return (
    <main class="connect">
      {!isForm && <Illustration />}
      <div class="card connect-card">
        <Logo />
        {isForm || !offer ? <Form offer={offer} /> : <Offer offer={offer} />}
        {offer && (
          <button type="button" class="link-button" onClick={() => setForm(!isForm)}>
            {isForm ? t("app.back") : t("connect.other")}
          </button>
        )}
      </div>
    </main>
  );
}

/** A conversation as a picture. */
function Illustration() {
  return (
    <div class="illustration" aria-hidden="true">
      <span class="illustration-bubble illustration-out" />
      <span class="illustration-bubble" />
      <span class="illustration-bubble illustration-out illustration-long">
        <Ticks ack={3} />
      </span>
    </div>
  );
}

function Offer({ offer }: { offer: Account }) {
  const action = useAction(start);
  return (
    <>
      <h2>{t("connect.title")}</h2>
      <p class="lead">{t("connect.lead")}</p>
      <Problem problem={action.problem} />
      <button
        type="button"
        class="button button-large"
        disabled={action.isRunning}
        autoFocus
        onClick={() => void action.run(offer)}
      >
        {action.isRunning ? t("connect.starting") : t("connect.start")}
      </button>
    </>
  );
}

function Form({ offer }: { offer: Account | undefined }) {
  const [baseUrl, setBaseUrl] = useState(offer?.baseUrl ?? "https://whatsgate.org/api/v1");
  const [apiKey, setApiKey] = useState("");
  const [isShown, setShown] = useState(false);
  const action = useAction(connect);
  const wrong = action.problem?.field;
  useEffect(() => {
    if (wrong) document.getElementById(wrong)?.focus();
  }, [action.problem]);
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void action.run({ baseUrl: baseUrl.trim().replace(/\/+$/, ""), apiKey: apiKey.trim() });
      }}
    >
      <h2>{t("connect.formTitle")}</h2>
      <p class="lead">{t("connect.formLead")}</p>
      <label class="field">
        <span>{t("connect.url")}</span>
        <input
          id="url"
          type="text"
          inputMode="url"
          autocomplete="off"
          spellcheck={false}
          required
          aria-invalid={wrong === "url"}
          value={baseUrl}
          onInput={(event) => setBaseUrl(event.currentTarget.value)}
        />
      </label>
      <div class="field">
        <label for="key">{t("connect.key")}</label>
        <div class="field-row">
          <input
            id="key"
            // The types know attributes for each single type only.
            type={(isShown ? "text" : "password") as "password"}
            autocomplete="off"
            spellcheck={false}
            required
            aria-invalid={wrong === "key"}
            value={apiKey}
            aria-describedby="key-notice"
            onInput={(event) => setApiKey(event.currentTarget.value)}
          />
          <button type="button" class="button button-quiet" onClick={() => setShown(!isShown)}>
            {isShown ? t("connect.hideKey") : t("connect.showKey")}
          </button>
        </div>
      </div>
      <div class="notice" id="key-notice">
        <Lock />
        <div>
          <strong>{t("connect.noticeTitle")}</strong>
          <p>{t("connect.notice")}</p>
        </div>
      </div>
      <Problem problem={action.problem} onClose={action.clear} />
      <button type="submit" class="button button-large" disabled={action.isRunning}>
        {action.isRunning ? t("connect.connecting") : t("connect.submit")}
      </button>
    </form>
  );
}
