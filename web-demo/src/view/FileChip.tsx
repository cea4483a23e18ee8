// A file that is going to be sent, with its picture, its name and its size.

import { useEffect, useState } from "preact/hooks";
import { size, t } from "../i18n";
import { Close, Document, Picture } from "./icons";

interface Props {
  file: File;
  onRemove: () => void;
  /** Where a picture or a sound may go out as a document. */
  choice?: { asDocument: boolean; onChange: (asDocument: boolean) => void };
}

export function FileChip({ file, choice, onRemove }: Props) {
  const [preview, setPreview] = useState<string | undefined>(undefined);
  const isPicture = file.type.startsWith("image/");
  useEffect(() => {
    if (!isPicture) return;
    const url = URL.createObjectURL(file);
    setPreview(url);
    return () => {
      setPreview(undefined);
      URL.revokeObjectURL(url);
    };
  }, [file]);
  return (
    <div class="composer-extra" role="group" aria-label={t("composer.file", { name: file.name })}>
      {preview ? (
        <img class="composer-preview" src={preview} alt="" />
      ) : (
        <span class="media-icon">{isPicture ? <Picture /> : <Document />}</span>
      )}
      <span class="media-name">
        {file.name}
        <small>{size(file.size)}</small>
      </span>
      {choice && (isPicture || file.type.startsWith("audio/")) && (
        <label class="check">
          <input
            type="checkbox"
            checked={choice.asDocument}
            onChange={(event) => choice.onChange(event.currentTarget.checked)}
          />
          {t("composer.asDocument")}
        </label>
      )}
      <button type="button" class="icon-button" aria-label={t("composer.removeFile")} onClick={onRemove}>
        <Close />
      </button>
    </div>
  );
}
