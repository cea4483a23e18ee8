// What a message answers. Where the original is known, it leads there.

interface Props {
  name: string | undefined;
  text: string | undefined;
  /** What a screen reader says of the way to the original. */
  label: string;
  onJump: (() => void) | undefined;
}

export function Quote({ name, text, label, onJump }: Props) {
  const content = (
    <>
      {name && <strong>{name}</strong>}
      {text && <span>{text}</span>}
    </>
  );
  if (!onJump) return <div class="quote">{content}</div>;
  return (
    <button type="button" class="quote quote-link" title={label} onClick={onJump}>
      {content}
    </button>
  );
}
