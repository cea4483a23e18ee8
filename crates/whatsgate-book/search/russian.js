// Search in Russian. mdBook indexes English words alone; index.mjs makes the index anew with the function below, and puts it in front
// of the index, so that the page asks for words by the same one. English words, names and commands are found as before.
(function () {
  "use strict";
  const VOWELS = "аеиоуыэюя";

  // The Snowball stemmer for Russian: https://snowballstem.org/algorithms/russian/stemmer.html
  const ending = (list) => new RegExp(`(?:${list.replaceAll(" ", "|")})$`);
  const afterAOrYa = (list) => new RegExp(`(?<=[ая])(?:${list.replaceAll(" ", "|")})$`);
  const GERUND = [afterAOrYa("в вши вшись"), ending("ив ивши ившись ыв ывши ывшись")];
  const ADJECTIVE = ending("ее ие ые ое ими ыми ей ий ый ой ем им ым ом его ого ему ому их ых ую юю ая яя ою ею");
  const PARTICIPLE = [afterAOrYa("ем нн вш ющ щ"), ending("ивш ывш ующ")];
  const REFLEXIVE = ending("ся сь");
  const VERB = [
    afterAOrYa("ла на ете йте ли й л ем н ло но ет ют ны ть ешь нно"),
    ending("ила ыла ена ейте уйте ите или ыли ей уй ил ыл им ым ен ило ыло ено ят ует уют ит ыт ены ить ыть ишь ую ю"),
  ];
  const NOUN = ending("а ев ов ие ье е иями ями ами еи ии и ией ей ой ий й иям ям ием ем ам ом о у ах иях ях ы ь ию ью ю ия ья я");

  // The longest of the endings.
  function cut(text, endings) {
    const found = endings.map((one) => text.match(one)?.[0] ?? "").sort((a, b) => b.length - a.length)[0];
    return found ? text.slice(0, -found.length) : undefined;
  }

  function russian(word) {
    const first = [...word].findIndex((letter) => VOWELS.includes(letter));
    if (first < 0) return word;
    const begin = word.slice(0, first + 1);
    let rest = word.slice(first + 1);
    let next = cut(rest, GERUND);
    if (next === undefined) {
      rest = cut(rest, [REFLEXIVE]) ?? rest;
      const adjective = cut(rest, [ADJECTIVE]);
      if (adjective !== undefined) next = cut(adjective, PARTICIPLE) ?? adjective;
      else next = cut(rest, VERB) ?? cut(rest, [NOUN]) ?? rest;
    }
    rest = next.replace(/и$/, "");
    if (/[аеиоуыэюя][^аеиоуыэюя].*[аеиоуыэюя][^аеиоуыэюя].*ость?$/.test(begin + rest)) rest = rest.replace(/ость?$/, "");
    rest = rest.replace(/(?:ейше|ейш)$/, "").replace(/нн$/, "н").replace(/ь$/, "");
    return begin + rest;
  }

  const english = elasticlunr.stemmer;
  const stem = (token) => {
    const word = String(token ?? "").toLowerCase().replaceAll("ё", "е").replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
    return /^[а-я]+$/.test(word) ? russian(word) : english(word);
  };
  elasticlunr.Pipeline.registerFunction(stem, "russian");
  // What shows the words around a hit asks for this one.
  elasticlunr.stemmer = stem;
})();
