// The calls of this page as a program writes them.

import { options, program, rustText, type Snippet, text } from "./snippet";

export function sessions(url: string): Snippet {
  return program(url, {
    js: `for await (const session of client.sessions()) console.log(session.name, session.status);`,
    rust: [
      `let mut sessions = client.sessions(SessionsGetRequest::new());`,
      `while let Some(session) = sessions.try_next().await? {`,
      `    println!("{} {:?}", session.name, session.status);`,
      `}`,
    ].join("\n"),
    uses: ["SessionsGetRequest", "TryStreamExt"],
  });
}

export function createSession(url: string, name: string, pairingNumber: string | undefined): Snippet {
  const members = [`name: ${text(name)}`, ...(pairingNumber ? [`pairingNumber: ${text(pairingNumber)}`] : [])];
  const code = pairingNumber ? `.with_pairing_code(PhoneNumber::new(${rustText(pairingNumber)})?)` : "";
  return program(url, {
    js: `const created = await client.createSession({ ${members.join(", ")} });`,
    rust: `let created = client.create_session(SessionCreateRequest::new(${rustText(name)})${code}).await?;`,
    uses: ["SessionCreateRequest", ...(pairingNumber ? ["PhoneNumber"] : [])],
  });
}

export function info(url: string, session: string): Snippet {
  return program(url, {
    js: `const info = await session.info();`,
    rust: `let info = session.info().await?;`,
    session,
  });
}

export function rename(url: string, session: string, name: string): Snippet {
  return program(url, {
    js: `await session.rename(${text(name)});`,
    rust: `session.rename(${rustText(name)}).await?;`,
    session,
  });
}

export function remove(url: string, session: string): Snippet {
  return program(url, { js: `await session.delete();`, rust: `session.delete().await?;`, session });
}

export function waitUntilReady(url: string, session: string): Snippet {
  return program(url, {
    js: `const ready = await session.waitUntilReady({ onChange: (now) => console.log(now.status, now.qr_link) });`,
    rust: [
      `let ready = session`,
      `    .wait_until_ready(WaitOptions::default(), |now| println!("{:?} {:?}", now.status, now.qr_link))`,
      `    .await?;`,
    ].join("\n"),
    uses: ["WaitOptions"],
    session,
  });
}

export function followEvents(url: string, session: string): Snippet {
  return program(url, {
    js: `for await (const event of session.followEvents({}, { onError: console.error })) console.log(event.event_action);`,
    rust: [
      `let mut events = session.follow_events(EventsGetRequest::new(), std::time::Duration::from_secs(5));`,
      `while let Some(event) = events.next().await {`,
      `    match event {`,
      `        Ok(event) => println!("{:?}", event.action),`,
      `        Err(error) => eprintln!("{error}"), // it goes on and asks again`,
      `    }`,
      `}`,
    ].join("\n"),
    uses: ["EventsGetRequest", "StreamExt"],
    session,
  });
}

export function chats(url: string, session: string): Snippet {
  return program(url, {
    js: `const chats = await session.chats();`,
    rust: `let chats = session.chats().await?;`,
    session,
  });
}

export function isRegistered(url: string, session: string, number: string): Snippet {
  return program(url, {
    js: `const isRegistered = await session.isRegistered(${text(number)});`,
    rust: `let is_registered = session.is_registered(PhoneNumber::new(${rustText(number)})?).await?;`,
    uses: ["PhoneNumber"],
    session,
  });
}

export function markAsRead(url: string, session: string, chat: string): Snippet {
  return program(url, {
    js: `await session.markAsRead({ id: ${text(chat)} });`,
    rust: `session.mark_as_read(${chatId(chat)}).await?;`,
    uses: ["ChatId"],
    session,
  });
}

export function showTyping(url: string, session: string, chat: string): Snippet {
  return program(url, {
    js: `await session.showTyping({ id: ${text(chat)} });`,
    rust: `session.show_typing(${chatId(chat)}).await?;`,
    uses: ["ChatId"],
    session,
  });
}

export function sendText(url: string, session: string, to: string, body: string, quote: string | undefined): Snippet {
  const answer = `OutgoingMessage::text(${rustText(body)}).with_quote(${messageId(quote ?? "")})`;
  return program(url, {
    js: `const { message } = await session.sendText({ id: ${text(to)} }, ${text(body)}${options({ quote })});`,
    rust: quote
      ? `let sent = session.send(${chatId(to)}, ${answer}).await?;`
      : `let sent = session.send_text(${chatId(to)}, ${rustText(body)}).await?;`,
    uses: quote ? ["ChatId", "MessageId", "OutgoingMessage"] : ["ChatId"],
    session,
  });
}

interface FileDetails {
  caption: string;
  quote: string | undefined;
  type: "doc" | "voice" | undefined;
}

export function sendFile(url: string, session: string, to: string, file: File, details: FileDetails): Snippet {
  const { caption, quote, type } = details;
  const kind = { doc: "OutgoingType::Document", voice: "OutgoingType::Voice" };
  return program(url, {
    js: [
      `const file = document.querySelector("input[type=file]").files[0]; // ${oneLine(file.name)}`,
      `const { message } = await session.sendFile({ id: ${text(to)} }, file${options({ caption, quote, type })});`,
    ].join("\n"),
    rust: [
      `let upload = Upload::from_path(${rustText(file.name)})`,
      ...(type ? [`    .with_type(${kind[type]})`] : []),
      ...(caption ? [`    .with_caption(${rustText(caption)})`] : []),
      ...(quote ? [`    .with_quote(${messageId(quote)})`] : []),
      `;`,
      `let sent = session.send_file(${chatId(to)}, upload).await?;`,
    ]
      .join("\n")
      .replace("\n;", ";"),
    uses: ["ChatId", "Upload", ...(type ? ["OutgoingType"] : []), ...(quote ? ["MessageId"] : [])],
    session,
  });
}

export function messageMedia(url: string, session: string, message: string): Snippet {
  return program(url, {
    js: `const media = await session.messageMedia(${text(message)});`,
    rust: `let media = session.message_media(${messageId(message)}).await?;`,
    uses: ["MessageId"],
    session,
  });
}

function chatId(id: string): string {
  return `ChatId::new(${rustText(id)})?`;
}

function messageId(id: string): string {
  return `MessageId::new(${rustText(id)})?`;
}

/** A file's name may hold anything, and must not end a comment. */
function oneLine(name: string): string {
  return name.replace(/[\r\n\u2028\u2029]/g, " ");
}
