// One call from all sides: as code, on the wire, and what followed. Each can be copied; the key is in none.

import { t } from "../i18n";
import type { Call, Calls, Heard } from "../state/calls";
import type { Exchange } from "../exchange";
import { CopyButton } from "./CopyButton";

export function CallDetails({ calls, call }: { calls: Calls; call: Call }) {
  const last = call.exchanges.at(-1);
  const tries = call.exchanges.length;
  return (
    <div class="call-details">
      <Block title="JavaScript" text={call.code.js} />
      <Block title="Rust" text={call.code.rust} />
      {call.exchanges.map((exchange, place) =>
        call.isStream && exchange !== last ? null : (
          <Wire key={exchange.number} exchange={exchange} number={tries > 1 && !call.isStream ? place + 1 : undefined} />
        ),
      )}
      {tries === 0 && <p class="muted">{t("calls.nothingSent")}</p>}
      {call.result && <Block title={t("calls.result")} text={resultText(call)} />}
      <Events events={calls.eventsOf(call)} />
    </div>
  );
}

function Wire({ exchange, number }: { exchange: Exchange; number: number | undefined }) {
  const place = number === undefined ? "" : ` ${number}`;
  const request = `POST ${exchange.url}\n${exchange.headers}\n\n${exchange.request}`;
  const reply = exchange.head === undefined ? t("calls.awaited") : `${exchange.head}\n\n${exchange.reply ?? ""}`.trimEnd();
  return (
    <>
      <Block title={`${t("calls.request")}${place}`} text={request} />
      <Block title={`${t("calls.reply")}${place}`} text={reply} />
    </>
  );
}

function Events({ events }: { events: readonly Heard[] }) {
  if (events.length === 0) return <p class="muted">{t("calls.noEvents")}</p>;
  const title = t("calls.events", { list: events.map(({ action }) => action).join(", ") });
  return <Block title={title} text={events.map(({ text }) => text).join("\n")} />;
}

function Block({ title, text }: { title: string; text: string }) {
  return (
    <section class="code-block" aria-label={title}>
      <header>
        <h3>{title}</h3>
        <CopyButton text={text} what={title} />
      </header>
      <pre tabIndex={0}>{text}</pre>
    </section>
  );
}

function resultText({ result }: Call): string {
  if (!result) return "";
  if (result.isGood) return result.value;
  const { kind, outcome, retryable, tries, message, advice } = result;
  return [
    `WhatsgateError: ${message}`,
    `kind       ${kind}`,
    `outcome    ${outcome}`,
    `retryable  ${retryable}`,
    `tries      ${tries}`,
    `advice     ${advice}`,
  ].join("\n");
}
