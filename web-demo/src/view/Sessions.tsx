// The list of sessions: open, create, rename, delete.

import { useState } from "preact/hooks";
import type { SessionInfo } from "../gateway";
import { t } from "../i18n";
import type { Key } from "../i18n/en";
import { create, isReady, open, refresh, remove, rename, sessions } from "../state/account";
import { useAction } from "./action";
import { Dialog } from "./Dialog";
import { Pencil, Plus, Refresh, Trash } from "./icons";
import { Problem } from "./Problem";

export function Sessions({ onOpened }: { onOpened?: () => void }) {
  const [isCreating, setCreating] = useState(false);
  const [renaming, setRenaming] = useState<SessionInfo | undefined>(undefined);
  const [deleting, setDeleting] = useState<SessionInfo | undefined>(undefined);
  const update = useAction(refresh);
  return (
    <section class="sessions" aria-label={t("sessions.title")}>
      <p class="muted">{sessions.value.length > 0 ? t("sessions.lead") : t("sessions.empty")}</p>
      <ul class="session-list">
        {sessions.value.map((session) => (
          <li key={session.unique_id} class="session">
            <button
              type="button"
              class="session-open"
              onClick={() => {
                open(session);
                onOpened?.();
              }}
            >
              <span class="visually-hidden">{t("sessions.open")} </span>
              <strong>{session.name}</strong>
              <span class="muted">{session.wid ? `+${session.wid.split("@")[0]}` : session.unique_id}</span>
            </button>
            <Status session={session} />
            <button
              type="button"
              class="icon-button"
              aria-label={t("sessions.rename", { name: session.name })}
              onClick={() => setRenaming(session)}
            >
              <Pencil />
            </button>
            <button
              type="button"
              class="icon-button"
              aria-label={t("sessions.delete", { name: session.name })}
              onClick={() => setDeleting(session)}
            >
              <Trash />
            </button>
          </li>
        ))}
      </ul>
      <Problem problem={update.problem} onClose={update.clear} />
      <div class="actions">
        <button type="button" class="button" onClick={() => setCreating(true)}>
          <Plus />
          {t("sessions.create")}
        </button>
        <button type="button" class="button button-quiet" disabled={update.isRunning} onClick={() => void update.run()}>
          <Refresh />
          {t("sessions.refresh")}
        </button>
      </div>
      {isCreating && <Create onClose={() => setCreating(false)} onCreated={onOpened} />}
      {renaming && <Rename session={renaming} onClose={() => setRenaming(undefined)} />}
      {deleting && <Delete session={deleting} onClose={() => setDeleting(undefined)} />}
    </section>
  );
}

function Status({ session }: { session: SessionInfo }) {
  const key = `status.${session.status}` as Key;
  const text = t(key);
  return (
    <span class={isReady(session) ? "status status-ready" : "status"}>
      {text === key ? (session.status_name ?? session.status) : text}
    </span>
  );
}

function Create({ onClose, onCreated }: { onClose: () => void; onCreated: (() => void) | undefined }) {
  const [name, setName] = useState(t("sessions.defaultName"));
  const [number, setNumber] = useState("");
  const [byCode, setByCode] = useState(false);
  const action = useAction(async () => {
    await create(name.trim(), byCode ? number.replace(/\D/g, "") : undefined);
    onClose();
    onCreated?.();
  });
  return (
    <Dialog title={t("sessions.create")} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <label class="field">
          <span>{t("sessions.name")}</span>
          <input type="text" required value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <fieldset class="choice">
          <legend>{t("sessions.by")}</legend>
          <label>
            <input type="radio" name="by" checked={!byCode} onChange={() => setByCode(false)} />
            {t("sessions.byQr")}
          </label>
          <label>
            <input type="radio" name="by" checked={byCode} onChange={() => setByCode(true)} />
            {t("sessions.byCode")}
          </label>
        </fieldset>
        {byCode && (
          <label class="field">
            <span>{t("sessions.number")}</span>
            <input
              type="tel"
              required
              placeholder="79999999999"
              value={number}
              aria-describedby="number-hint"
              onInput={(event) => setNumber(event.currentTarget.value)}
            />
            <small id="number-hint">{t("sessions.numberHint")}</small>
          </label>
        )}
        <Problem problem={action.problem} onClose={action.clear} />
        <div class="actions actions-end">
          <button type="button" class="button button-quiet" onClick={onClose}>
            {t("app.cancel")}
          </button>
          <button type="submit" class="button" disabled={action.isRunning}>
            {t("sessions.submit")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Rename({ session, onClose }: { session: SessionInfo; onClose: () => void }) {
  const [name, setName] = useState(session.name);
  const action = useAction(async () => {
    await rename(session, name.trim());
    onClose();
  });
  return (
    <Dialog title={t("sessions.renameTitle")} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <label class="field">
          <span>{t("sessions.name")}</span>
          <input type="text" required value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <Problem problem={action.problem} onClose={action.clear} />
        <div class="actions actions-end">
          <button type="submit" class="button" disabled={action.isRunning}>
            {t("sessions.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Delete({ session, onClose }: { session: SessionInfo; onClose: () => void }) {
  const action = useAction(async () => {
    await remove(session);
    onClose();
  });
  return (
    <Dialog title={t("sessions.deleteTitle", { name: session.name })} onClose={onClose}>
      <p>{t("sessions.deleteText")}</p>
      <Problem problem={action.problem} onClose={action.clear} />
      <div class="actions actions-end">
        <button type="button" class="button button-quiet" onClick={onClose}>
          {t("app.cancel")}
        </button>
        <button type="button" class="button button-danger" disabled={action.isRunning} onClick={() => void action.run()}>
          {t("sessions.deleteSubmit")}
        </button>
      </div>
    </Dialog>
  );
}
