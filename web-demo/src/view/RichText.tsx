// A text with WhatsApp's own marks and with links.

import { pieces as piecesOf, type Piece } from "../richtext";

export function RichText({ text }: { text: string }) {
  return <Pieces pieces={piecesOf(text)} />;
}

function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return (
    <>
      {pieces.map((piece, place) => (
        <One key={place} piece={piece} />
      ))}
    </>
  );
}

function One({ piece }: { piece: Piece }) {
  switch (piece.kind) {
    case "text":
      return <>{piece.text}</>;
    case "link":
      return (
        <a href={piece.href} target="_blank" rel="noopener noreferrer">
          {piece.text}
        </a>
      );
    case "mono":
      return <code>{piece.text}</code>;
    case "bold":
      return (
        <strong>
          <Pieces pieces={piece.pieces} />
        </strong>
      );
    case "italic":
      return (
        <em>
          <Pieces pieces={piece.pieces} />
        </em>
      );
    case "strike":
      return (
        <s>
          <Pieces pieces={piece.pieces} />
        </s>
      );
  }
}
