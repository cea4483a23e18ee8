// Files in a conversation: pictures are shown, sounds played, everything else saved.

import { useEffect, useState } from "preact/hooks";
import { size, t } from "../i18n";
import type { Key } from "../i18n/en";
import { type Problem as ProblemText, toProblem } from "../problem";
import type { Files, LoadedFile } from "../state/files";
import { Dialog } from "./Dialog";
import { Document, Download, Picture, Play, Voice } from "./icons";
import { Sound } from "./Sound";

interface Shown {
  type: string;
  body: string;
  hasMedia: boolean;
}

/** A message in one line. */
export function summary({ type, body, hasMedia }: Shown): string {
  if (type === "chat" || (!hasMedia && body)) return body;
  const name = kindName(type);
  return body ? `${name}: ${body}` : name;
}

export function kindName(type: string): string {
  const key = `media.${type}` as Key;
  const name = t(key);
  return name === key ? t("media.other", { type }) : name;
}

/** Types whose file is fetched without being asked for. */
const AUTOMATIC = ["image", "sticker"];

/** Types that play once they are there. */
const SOUNDS = ["ptt", "audio", "video"];

interface Props {
  files: Files;
  /** The long id of the message. */
  message: string;
  type: string;
}

export function Media({ files, message, type }: Props) {
  const [file, setFile] = useState<LoadedFile | undefined>(undefined);
  const [problem, setProblem] = useState<ProblemText | undefined>(undefined);
  const [isWanted, setWanted] = useState(AUTOMATIC.includes(type) || (files.has(message) && !SOUNDS.includes(type)));
  useEffect(() => {
    if (!isWanted) return;
    let isShown = true;
    files.load(message).then(
      (loaded) => isShown && setFile(loaded),
      (error: unknown) => {
        if (!isShown) return;
        setProblem(toProblem(error));
        setWanted(false);
      },
    );
    return () => {
      isShown = false;
    };
  }, [files, message, isWanted]);
  if (file) return <Loaded file={file} type={type} />;
  if (isWanted) {
    return (
      <span class={AUTOMATIC.includes(type) ? "media-space" : "media-file"} role="status">
        {t("media.loading")}
      </span>
    );
  }
  return (
    <button
      type="button"
      class="media-file"
      title={problem?.advice}
      onClick={() => {
        setProblem(undefined);
        setWanted(true);
      }}
    >
      <span class="media-icon">
        <KindIcon type={type} />
      </span>
      <span>{problem ? `${problem.what}. ${t("app.retry")}` : kindName(type)}</span>
    </button>
  );
}

/** The file of a message that is not sent yet. */
export function Pending({ type, file }: { type: string; file: File | undefined }) {
  return (
    <span class="media-file">
      <span class="media-icon">
        <KindIcon type={type} />
      </span>
      <span class="media-name">
        {type === "ptt" || !file ? kindName(type) : file.name}
        {file && <small>{size(file.size)}</small>}
      </span>
    </span>
  );
}

function KindIcon({ type }: { type: string }) {
  if (type === "ptt") return <Voice />;
  if (type === "audio" || type === "video") return <Play />;
  return AUTOMATIC.includes(type) ? <Picture /> : <Document />;
}

function Loaded({ file, type }: { file: LoadedFile; type: string }) {
  if (AUTOMATIC.includes(type)) return <Image file={file} type={type} />;
  // Played as soon as it is there: it was fetched because somebody pressed its button.
  if (type === "ptt" || type === "audio") return <Sound file={file} label={kindName(type)} />;
  if (type === "video") {
    return (
      <video class="media-picture" controls autoplay src={file.url} aria-label={kindName(type)}>
        <track kind="captions" />
      </video>
    );
  }
  return (
    <a class="media-file" href={file.url} download={file.name}>
      <span class="media-icon">
        <Download />
      </span>
      <span class="visually-hidden">{t("media.download")} </span>
      <span class="media-name">
        {file.name}
        <small>{size(file.size)}</small>
      </span>
    </a>
  );
}

function Image({ file, type }: { file: LoadedFile; type: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="media-button" aria-label={`${t("media.open")}: ${file.name}`} onClick={() => setOpen(true)}>
        <img class={type === "sticker" ? "media-sticker" : "media-picture"} src={file.url} alt={kindName(type)} />
      </button>
      {isOpen && (
        <Dialog title={file.name} class="dialog-picture" onClose={() => setOpen(false)}>
          <img src={file.url} alt={file.name} />
          <a class="button" href={file.url} download={file.name}>
            <Download />
            {t("media.download")}
          </a>
        </Dialog>
      )}
    </>
  );
}
